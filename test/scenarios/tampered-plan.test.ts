/** Whoever may write to the bucket, or wake the machine, may still not write to the table. */
import { DeleteObjectCommand, PutBucketVersioningCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { asText, haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import { abandon, approve, message, question, reconfigure, record, startApproved } from "./support/operator.ts";

const TRIAL = "backstitch-repair-trial";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["asked", "woken", "newer", "manifest", "purged", "replaced"] });
});

afterEach(() => stage.aws.services.lambda.faults.clear());

afterAll(() => stage?.close());

describe("an answer that is no approval of this plan", () => {
  test("a hash of another plan is refused, and the recovery goes on waiting for the right one", async () => {
    const executionArn = await stage.startRecovery("another-hash", incident.requestFor("asked"));
    await question(stage, executionArn);
    const before = asText(await stage.tableContent());
    const other = { recoveryId: "another-hash", answer: "approve", planHash: "0".repeat(64), by: "on-call" };
    await expect(stage.answer(other)).rejects.toThrow(/InvalidAnswer.*asks about plan/);
    expect(await record(stage, "another-hash", "approval#0001")).toBeUndefined();
    expect(asText(await stage.tableContent())).toBe(before);

    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    expect(await incident.wrongIn("asked")).toEqual(NOTHING_WRONG);
  });

  test("waking the machine by its task token is no approval: it asks again and writes nothing", async () => {
    const executionArn = await stage.startRecovery("woken-by-hand", incident.requestFor("woken"));
    const first = await question(stage, executionArn);
    const before = asText(await stage.tableContent());
    await stage.sfn.send(
      new SendTaskSuccessCommand({
        taskToken: first.taskToken,
        output: JSON.stringify({ answer: "approve", approvedHash: first.planHash }),
      }),
    );
    const second = await question(stage, executionArn, first);
    expect(second.planHash).toBe(first.planHash);
    expect(await stage.stateNames(executionArn)).not.toContain("RepairTrial");
    expect(asText(await stage.tableContent())).toBe(before);

    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    expect(await incident.wrongIn("woken")).toEqual(NOTHING_WRONG);
  });
});

describe("a plan that is changed in the bucket after its approval", () => {
  test("a newer version of a part is not read: what was approved is what is written", async () => {
    const executionArn = await stopBeforeTrial("newer-version", "newer");
    await put(await planObject("newer-version"), await tampered("newer-version"));
    await stage.redrive(executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    expect(await incident.wrongIn("newer")).toEqual(NOTHING_WRONG);
  });

  test("a part that was swapped in place is PlanMismatch, and nothing is written", async () => {
    // Only where somebody has turned versioning off can an object change under its name and version.
    await setVersioning("Suspended");
    const executionArn = await stopBeforeTrial("swapped", "replaced");
    await put(await planObject("swapped"), await tampered("swapped"));
    await setVersioning("Enabled");
    await expectNothingWritten(executionArn, "PlanMismatch", "is not what was planned");
    await abandon(stage, "swapped");
  });

  test("a part whose approved version was deleted is missing, and nothing is written", async () => {
    const executionArn = await stopBeforeTrial("purged", "purged");
    const Key = await planObject("purged");
    const text = await tampered("purged");
    const [part] = await parts("purged");
    const plan = await record<{ planHash: string }>(stage, "purged", "plan#0001");
    const planned = await record<{ versionId: string }>(stage, "purged", `plan-part#${plan?.planHash}#${part}`);
    expect(planned?.versionId).toBeDefined();
    await stage.s3.send(
      new DeleteObjectCommand({ Bucket: stage.outputs.RecoveryBucketName, Key, VersionId: planned?.versionId }),
    );
    await put(Key, text);
    await expectNothingWritten(executionArn, "MissingResult", Key);
    await abandon(stage, "purged");
  });

  test("a manifest without its parts does not make a half repaired table Recovered", async () => {
    const executionArn = await stopBeforeTrial("no-parts", "manifest");
    await put("recoveries/no-parts/plan/1/parts.json", "[]");
    await stage.redrive(executionArn);
    const { error } = await stage.waitForStatus(executionArn, "FAILED");
    expect(error).toBe("MissingResult");
    expect((await incident.wrongIn("manifest")).damagedLeft.length).toBeGreaterThan(0);
    expect(await record(stage, "no-parts", "read-only")).toMatchObject({ state: "proven" });
  });
});

/** Approved and about to write: the trial dies before it begins. */
async function stopBeforeTrial(recoveryId: string, tenant: string): Promise<string> {
  stage.aws.services.lambda.faults.killDuring({ functionName: TRIAL, moment: "before-start" });
  const executionArn = await startApproved(stage, recoveryId, incident.requestFor(tenant));
  await stage.waitForStatus(executionArn, "FAILED");
  await message(stage, recoveryId, /failed/);
  return executionArn;
}

async function expectNothingWritten(executionArn: string, errorName: string, text: string): Promise<void> {
  const before = asText(await stage.tableContent());
  await stage.redrive(executionArn);
  const { error, cause } = await stage.waitForStatus(executionArn, "FAILED");
  expect(error).toBe(errorName);
  expect(cause).toContain(text);
  expect((await stage.stateNames(executionArn)).at(-1)).toBe("RepairTrial");
  expect(asText(await stage.tableContent())).toBe(before);
}

async function parts(recoveryId: string): Promise<string[]> {
  const manifest = await stage.readJson<{ part: string }[]>(`recoveries/${recoveryId}/plan/1/parts.json`);
  return manifest.map(({ part }) => part);
}

async function planObject(recoveryId: string): Promise<string> {
  const [part] = await parts(recoveryId);
  return `recoveries/${recoveryId}/plan/1/${part}.json`;
}

/** The same part with other values to write: the memo of every order would become the attacker's. */
async function tampered(recoveryId: string): Promise<string> {
  const text = await stage.readText(await planObject(recoveryId));
  const changed = text.replaceAll(" before", " of somebody else");
  expect(changed).not.toBe(text);
  return changed;
}

async function put(Key: string, Body: string): Promise<void> {
  await stage.s3.send(new PutObjectCommand({ Bucket: stage.outputs.RecoveryBucketName, Key, Body }));
}

async function setVersioning(Status: "Enabled" | "Suspended"): Promise<void> {
  await stage.s3.send(
    new PutBucketVersioningCommand({
      Bucket: stage.outputs.RecoveryBucketName,
      VersioningConfiguration: { Status },
    }),
  );
}
