/** Somebody whom no guard covers writes to the items of the trial between plan and repair: a person is asked before the rest. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeItem } from "../../functions/items/item-json.ts";
import type { JsonPlanEntry } from "../../functions/repair/plan-entry.ts";
import type { Report } from "../../functions/report/build-report.ts";
import {
  type DeployedPocketAws,
  type Item,
  ORDERS_TABLE,
  startDeployedPocketAws,
} from "../support/deployed-pocket-aws.ts";
import { answer } from "./support/answers.ts";
import { haveIncident, type OrdersIncident } from "./support/incident.ts";
import { abandon, approve, message, question, readPlan, reconfigure, record } from "./support/operator.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["trial-continue", "trial-stop"] });
});

afterAll(() => stage?.close());

/** Writes to the items that the trial may take, as a job that runs under a role nobody remembered. */
async function writeToCandidates(recoveryId: string): Promise<string[]> {
  const { candidates } = await readPlan(stage, recoveryId);
  const written: string[] = [];
  for (const { part, index, kind } of candidates) {
    if (kind !== "updated") continue;
    const { entries } = await stage.readJson<{ entries: JsonPlanEntry[] }>(
      `recoveries/${recoveryId}/plan/1/${part}.json`,
    );
    const Key = decodeItem(entries[index]?.key ?? {}) as Item;
    await stage.dynamodb.send(
      new UpdateItemCommand({
        TableName: ORDERS_TABLE,
        Key,
        UpdateExpression: "SET #total = :good",
        ExpressionAttributeNames: { "#total": "total" },
        ExpressionAttributeValues: { ":good": { N: "77.7" } },
      }),
    );
    written.push(`${Key.pk?.S}/${Key.sk?.S}`);
  }
  return written;
}

async function untilTrial(recoveryId: string) {
  // iam-deny covers the application's roles alone.
  const request = incident.requestFor(recoveryId, { readOnly: { guards: ["iam-deny"] } });
  const executionArn = await stage.startRecovery(recoveryId, request);
  const asked = await question(stage, executionArn);
  const written = await writeToCandidates(recoveryId);
  await approve(stage, executionArn);
  const about = await question(stage, executionArn, asked);
  expect(about).toMatchObject({ for: "decision", about: "trial" });
  expect((await message(stage, recoveryId, /waits for a decision/)).message).toContain("about the trial");
  return { executionArn, written, about };
}

const GOOD = { N: "77.7" };

describe("a trial that is not as planned", () => {
  test("continue: repairs the rest, and leaves to a person what was written meanwhile", async () => {
    const { executionArn, written, about } = await untilTrial("trial-continue");
    expect(await stage.stateNames(executionArn)).not.toContain("ApplyRepairs");

    await answer(stage, executionArn, { answer: "continue" });
    // The item of the trial counts among all repairs too, so that people see it once more before the lift.
    await answer(stage, executionArn, { answer: "continue" }, about);
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    const content = await stage.tableContent();
    for (const id of written) expect(content.get(id)?.total).toEqual(GOOD);
    const { repairs, decisions } = await stage.readReport<Report>("trial-continue");
    expect(repairs.left.map(({ reason }) => reason)).toEqual(written.map(() => "conflict: changed-since-plan"));
    expect(decisions.map(({ about: what }) => what)).toEqual(["trial", "repairs"]);
    const { damagedLeft } = await incident.wrongIn("trial-continue");
    expect(damagedLeft.sort()).toEqual(written.sort());
  });

  test("stop: nothing but the trial was written, and the report says so", async () => {
    const { executionArn, written } = await untilTrial("trial-stop");
    await answer(stage, executionArn, { answer: "stop" });
    await stage.waitForStatus(executionArn, "FAILED");

    expect(await stage.stateNames(executionArn)).not.toContain("ApplyRepairs");
    const content = await stage.tableContent();
    for (const id of written) expect(content.get(id)?.total).toEqual(GOOD);
    const { repairs, toDo } = await stage.readReport<Report>("trial-stop");
    // One that was deleted came back, one ghost went: the trial takes one of each kind.
    expect(repairs.outcomes).toEqual({ written: 2, conflict: 1 });
    expect(toDo.join()).toContain("Some items were repaired before the recovery stopped");
    expect(await record(stage, "lock", "orders")).toMatchObject({ recoveryId: "trial-stop" });
    await abandon(stage, "trial-stop");
  });
});
