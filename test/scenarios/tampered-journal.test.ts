/** A journal that somebody changed: the recovery does not go on by it. */
import { ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KillMoment } from "../../local/lambda/faults.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { asText, haveIncident, type OrdersIncident } from "./support/incident.ts";
import { abandon, message, reconfigure, startApproved } from "./support/operator.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["trial", "part"] });
});

afterAll(() => stage?.close());

describe("a journal that is changed before a redrive", () => {
  test.each<{ tenant: string; journal: RegExp; killed: KillMoment; what: string }>([
    { tenant: "trial", journal: /\/trial\.json$/, killed: "before-start", what: "of the trial" },
    { tenant: "part", journal: /\/(?!trial)[^/]+\.json$/, killed: "before-answer", what: "of the part itself" },
  ])("$what: ApplyPart is JournalMismatch and writes nothing more", async ({ tenant, journal, killed }) => {
    const recoveryId = `journal-${tenant}`;
    stage.aws.services.lambda.faults.killDuring({ functionName: "backstitch-apply-part", moment: killed });
    const executionArn = await startApproved(stage, recoveryId, incident.requestFor(tenant));
    await stage.waitForStatus(executionArn, "FAILED");
    await message(stage, recoveryId, /failed/);
    const before = asText(await stage.tableContent());
    await change(recoveryId, journal);

    await stage.redrive(executionArn);
    await stage.waitForStatus(executionArn, "FAILED");
    expect((await stage.stateNames(executionArn)).at(-1)).toBe("ApplyRepairs");
    const told = await message(stage, recoveryId, /failed/, "JournalMismatch");
    expect(told.message).toContain("ApplyPart");
    expect(told.message).toContain("nothing more was written");
    expect(asText(await stage.tableContent())).toBe(before);
    await abandon(stage, recoveryId);
  });
});

async function change(recoveryId: string, journal: RegExp): Promise<void> {
  const Bucket = stage.outputs.RecoveryBucketName;
  const { Contents = [] } = await stage.s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: `recoveries/${recoveryId}/journal/` }),
  );
  const keys = Contents.flatMap(({ Key = "" }) => (journal.test(Key) ? [Key] : []));
  expect(keys).toHaveLength(1);
  for (const Key of keys) {
    const text = await stage.readText(Key);
    const changed = text.replaceAll(" before", " of somebody else");
    expect(changed).not.toBe(text);
    await stage.s3.send(new PutObjectCommand({ Bucket, Key, Body: changed }));
  }
}
