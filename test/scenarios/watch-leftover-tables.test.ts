/** Restored tables of recoveries that were given up: deleted by the sweep, but for those that another recovery reads. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EvidenceRecord } from "../../functions/evidence/evidence-record.ts";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import { approve, question, reconfigure, record, restoredTables } from "./support/operator.ts";
import { forbid, sweepNow } from "./support/watch.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["left"] });
});

afterAll(() => stage?.close());

/** Fails with both of its tables restored, is thawed and given up. */
async function failAndGiveUp(recoveryId: string): Promise<void> {
  const allow = await forbid(stage, "backstitch-plan-part", "dynamodb:BatchGetItem");
  const executionArn = await stage.startRecovery(recoveryId, incident.requestFor("left"));
  await stage.waitForStatus(executionArn, "FAILED");
  await stage.call("backstitch-lift-read-only", { recoveryId, table: ORDERS_TABLE });
  await stage.answer({ recoveryId, answer: "abandon", by: "on-call" });
  await allow();
}

test("what nobody reads goes at once, what is borrowed stays until its reader has ended", async () => {
  await failAndGiveUp("left-1");
  await failAndGiveUp("left-2");
  const borrower = await stage.startRecovery("reader", incident.requestFor("left", { evidence: { from: "left-1" } }));
  await question(stage, borrower);
  expect((await restoredTables(stage)).sort()).toEqual([
    "backstitch-left-1-after",
    "backstitch-left-1-before",
    "backstitch-left-2-after",
    "backstitch-left-2-before",
  ]);

  expect(await sweepNow(stage)).toMatchObject({ looked: 3, tablesDeleted: 2, unwatched: 1 });
  expect((await restoredTables(stage)).sort()).toEqual(["backstitch-left-1-after", "backstitch-left-1-before"]);
  const evidence = await record<EvidenceRecord>(stage, "left-2", "evidence");
  expect(Object.values(evidence?.tables ?? {}).every(({ deletedAt }) => deletedAt)).toBe(true);
  expect(await sweepNow(stage)).toMatchObject({ looked: 2, tablesDeleted: 0 });

  await approve(stage, borrower);
  await stage.waitForStatus(borrower, "SUCCEEDED");
  expect(await incident.wrongIn("left")).toEqual(NOTHING_WRONG);
  expect(await sweepNow(stage)).toMatchObject({ tablesDeleted: 2 });
  expect(await restoredTables(stage)).toEqual([]);
  expect(await sweepNow(stage)).toMatchObject({ looked: 0 });
});
