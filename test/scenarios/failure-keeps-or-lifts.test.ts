/** A step that fails: the execution is red where it failed, people are told, and the freeze stays or goes as the request says. */
import { DeleteRolePolicyCommand, IAMClient, ListRolePoliciesCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ended } from "../../functions/report/ended-message.ts";
import type { RecoveryStatus } from "../../functions/runtime/recovery.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { asText, haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import {
  approve,
  type GuardedWorld,
  guardedWorld,
  message,
  reconfigure,
  record,
  restoredTables,
  typeCommand,
} from "./support/operator.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["kept", "lifted", "stubborn"] });
  worldBefore = await guardedWorld(stage);
});

afterAll(() => stage?.close());

/** Forbids an action to a step's role as a boundary or an administrator would; answers how to allow it again. */
async function forbid(RoleName: string, Action: string): Promise<() => Promise<void>> {
  const iam = new IAMClient(stage.aws.clientConfig());
  const PolicyName = "forbidden";
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action, Resource: "*" }],
  });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toContain(PolicyName);
  return async () => {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    iam.destroy();
  };
}

const ended = (recoveryId: string) => record<Ended>(stage, recoveryId, "ended");
const status = (recoveryId: string) => record<RecoveryStatus>(stage, recoveryId, "status");

describe('"onFailure": "keepReadOnly", the default,', () => {
  test("leaves the table frozen and held, says what is left and how to go on, and a redrive goes on", async () => {
    const allow = await forbid("backstitch-apply-part", "dynamodb:UpdateItem");
    const executionArn = await stage.startRecovery("kept-1", incident.requestFor("kept"));
    await approve(stage, executionArn);
    const { error } = await stage.waitForStatus(executionArn, "FAILED");

    expect(error).toBe("States.ExceedToleratedFailureThreshold");
    const told = await message(stage, "kept-1", /failed/);
    expect(told.subject).toBe("Backstitch: orders IS STILL FROZEN; its recovery failed");
    // The map knows only that a part failed; the part itself said why.
    expect(told.message).toMatch(/ApplyPart: AccessDeniedException: .*dynamodb:UpdateItem/);
    expect(told.message).toContain("were begun");
    expect(told.message).toContain("backstitch-kept-1-before");
    expect(await ended("kept-1")).toMatchObject({ status: "FAILED", frozen: true, lifted: false, partsBegun: 2 });
    expect(await status("kept-1")).toMatchObject({ state: "execution FAILED" });
    expect(await record(stage, "lock", "orders")).toMatchObject({ recoveryId: "kept-1" });
    expect(await guardedWorld(stage)).not.toEqual(worldBefore);

    await allow();
    await stage.redrive(executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(await incident.wrongIn("kept")).toEqual(NOTHING_WRONG);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await status("kept-1")).toMatchObject({ state: "ended", outcome: "Recovered" });
    expect(await record(stage, "lock", "orders")).toBeUndefined();
  });
});

describe('"onFailure": "lift"', () => {
  test("thaws the table, keeps the rest, and freezing again and a redrive recover it", async () => {
    const before = asText(await stage.tableContent());
    const allow = await forbid("backstitch-repair-trial", "dynamodb:UpdateItem");
    const executionArn = await stage.startRecovery("thawed-1", incident.requestFor("lifted", { onFailure: "lift" }));
    await approveWith(stage, executionArn, {
      groups: [{ kind: "updated", attributes: ["currency", "memo", "total"] }],
    });
    await stage.waitForStatus(executionArn, "FAILED");

    const told = await message(stage, "thawed-1", /failed/);
    expect(told.subject).toBe("Backstitch: orders is not frozen; its recovery failed");
    expect(told.message).toContain('The freeze was lifted, since the request says "onFailure": "lift".');
    expect(await ended("thawed-1")).toMatchObject({ frozen: false, lifted: true });
    expect(asText(await stage.tableContent())).toBe(before);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await restoredTables(stage)).toHaveLength(2);
    expect(await record(stage, "lock", "orders")).toMatchObject({ recoveryId: "thawed-1" });

    await allow();
    await typeCommand(stage, told.message, "backstitch-activate-read-only");
    await stage.redrive(executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(await guardedWorld(stage)).toEqual(worldBefore);
    const { damagedLeft, goodWritesLost } = await incident.wrongIn("lifted");
    expect(goodWritesLost).toEqual([]);
    // The approver chose the updated orders alone.
    expect(damagedLeft).toHaveLength(8);
  });

  test("that can't be done leaves nobody in the dark: the table is frozen, and why", async () => {
    const allowLift = await forbid("backstitch-lift-read-only", "ssm:PutParameter");
    const allow = await forbid("backstitch-plan-part", "dynamodb:BatchGetItem");
    const executionArn = await stage.startRecovery("stubborn", incident.requestFor("stubborn", { onFailure: "lift" }));
    await stage.waitForStatus(executionArn, "FAILED");

    const told = await message(stage, "stubborn", /failed/);
    expect(told.subject).toContain("IS STILL FROZEN");
    expect(told.message).toMatch(/could not be lifted: AccessDenied.*ssm:PutParameter/);
    expect(told.message).toContain("Nothing was written to the table.");
    expect(await ended("stubborn")).toMatchObject({ frozen: true, lifted: false });

    await allowLift();
    await allow();
    await typeCommand(stage, told.message, "backstitch-lift-read-only");
    expect(await guardedWorld(stage)).toEqual(worldBefore);
  });
});
