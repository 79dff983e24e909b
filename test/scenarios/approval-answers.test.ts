/** A plan is put before a person: what is chosen, planned again, rejected, or not answered at all. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EvidenceRecord } from "../../functions/evidence/evidence-record.ts";
import { itemEquals } from "../../functions/items/equality.ts";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import type { Report } from "../../functions/report/build-report.ts";
import { keyText } from "../../local/demo/orders.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { answer, approveWith } from "./support/answers.ts";
import { asText, ghosts, haveIncident, MARKER, type OrdersIncident, order } from "./support/incident.ts";
import {
  abandon,
  type GuardedWorld,
  guardedWorld,
  message,
  question,
  readPlan,
  reconfigure,
  record,
  restoredTables,
} from "./support/operator.ts";

const BUG = ["currency", "memo", "total"];
/** Two seconds. */
const SOON = { timeoutHours: 2 / 3600 };

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, {
    tenants: ["chosen", "replanned", "rejected", "late", "thawed"],
    undecidable: 2,
  });
  worldBefore = await guardedWorld(stage);
});

afterAll(() => stage?.close());

const lockHolder = async () => (await record<{ recoveryId: string }>(stage, "lock", "orders"))?.recoveryId;

describe("approving by groups", () => {
  test("repairs the chosen ones alone, and of them the attributes to revert", async () => {
    const executionArn = await stage.startRecovery("groups", incident.requestFor("chosen"));
    await approveWith(stage, executionArn, {
      groups: [
        { kind: "updated", attributes: BUG, revert: ["currency", "total"] },
        { kind: "deleted", attributes: [] },
      ],
    });
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    const content = await stage.tableContent();
    const item = (index: number) => content.get(keyText(order("chosen", index)));
    for (let index = 0; index < 16; index += 1) {
      const expected = incident.truth.expectedItem(order("chosen", index));
      expect(itemEquals(item(index) ?? null, expected ?? null, new Set(["memo", "version"]))).toBe(true);
      expect(item(index)?.memo).toEqual({ S: `${MARKER} after` });
    }
    for (let index = 18; index < 23; index += 1) expect(item(index)).toBeDefined();
    // The request would have them deleted; whoever chooses groups chooses all that is damage.
    for (const ghost of ghosts("chosen")) expect(content.has(keyText(ghost))).toBe(true);
    const report = await stage.readReport<Report>("groups");
    expect(report).toMatchObject({ outcome: "Recovered", repairs: { createdCount: 3, leftCount: 2 } });
    expect(report.approval?.groups).toHaveLength(2);
  });
});

describe("planning again with other rules", () => {
  test("makes a second round from the same evidence under the same freeze, which is then approved", async () => {
    const executionArn = await stage.startRecovery("replan", incident.requestFor("replanned", { created: "report" }));
    const first = await question(stage, executionArn);
    expect(await readPlan(stage, "replan")).toMatchObject({ round: 1, conflicts: 2, created: 3 });
    const frozen = await record<ReadOnlyRecord>(stage, "replan", "read-only");
    const evidence = await record<EvidenceRecord>(stage, "replan", "evidence");

    await answer(stage, executionArn, { answer: "replan", rules: { conflicts: "merge", created: "delete" } });
    const second = await approveWith(stage, executionArn, {}, first);
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(second.planHash).not.toBe(first.planHash);
    expect(await readPlan(stage, "replan", 2)).toMatchObject({ round: 2, conflicts: 0, created: 0 });
    const after = await record<ReadOnlyRecord>(stage, "replan", "read-only");
    expect(after).toMatchObject({ frozenFrom: frozen?.frozenFrom, provenAt: frozen?.provenAt });
    const now = await record<EvidenceRecord>(stage, "replan", "evidence");
    expect(now?.tables.before?.startedAt).toBe(evidence?.tables.before?.startedAt);
    const states = await stage.stateNames(executionArn);
    const entered = (name: string) => states.filter((one) => one === name).length;
    expect([entered("ActivateReadOnly"), entered("StartRestore"), entered("PlanRepairs")]).toEqual([1, 1, 2]);

    const content = await stage.tableContent();
    for (const ghost of ghosts("replanned")) expect(content.has(keyText(ghost))).toBe(false);
    // Merged: what the bug alone changed is reverted, what somebody wrote since stays and is listed.
    expect(content.get(keyText(order("replanned", 17)))).toMatchObject({
      total: { N: "12.5" },
      memo: { S: `${MARKER} before` },
    });
    const report = await stage.readReport<Report>("replan");
    expect(report.repairs.left.map(({ reason, attributes }) => [reason, attributes])).toEqual([
      ["conflict: attributes", ["total"]],
      ["conflict: attributes", ["total"]],
    ]);
  });
});

describe("a plan that is rejected", () => {
  test("is not carried out: the freeze is lifted, the evidence stays, the table is free for the next recovery", async () => {
    const before = asText(await stage.tableContent());
    const executionArn = await stage.startRecovery("rejected", incident.requestFor("rejected"));
    const { planHash } = await answer(stage, executionArn, { answer: "reject" });
    const { output } = await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Rejected" });
    expect(asText(await stage.tableContent())).toBe(before);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await lockHolder()).toBeUndefined();
    const kept = ["backstitch-rejected-after", "backstitch-rejected-before"];
    expect((await restoredTables(stage)).sort()).toEqual(kept);
    expect((await stage.readReport<Report>("rejected")).toDo.join()).toContain("backstitch-rejected-before");

    const late = stage.answer({ recoveryId: "rejected", answer: "approve", planHash, by: "late" });
    await expect(late).rejects.toThrow(/has ended \(Rejected\)/);
    expect(await record(stage, "rejected", "approval#0001")).toMatchObject({ answer: "reject" });
  });
});

describe("a plan that nobody answers in time", () => {
  test("stops: the table stays frozen and held, and people are told how to lift it", async () => {
    const before = asText(await stage.tableContent());
    const request = incident.requestFor("late", { approval: { ...SOON, onTimeout: "stop" }, onFailure: "lift" });
    const executionArn = await stage.startRecovery("late", request);
    const { error, cause } = await stage.waitForStatus(executionArn, "FAILED");

    expect(error).toBe("RecoveryStopped");
    expect(cause).toContain("a redrive changes nothing");
    expect(asText(await stage.tableContent())).toBe(before);
    expect(await guardedWorld(stage)).not.toEqual(worldBefore);
    expect(await lockHolder()).toBe("late");
    // The request said what happens then, so that onFailure has no say.
    const told = await message(stage, "late", /was stopped/);
    expect(told.subject).toContain("IS STILL FROZEN");
    expect(told.message).toContain("backstitch-lift-read-only");
    expect(told.message).not.toContain("redrive-execution");
    await abandon(stage, "late");
    expect(await guardedWorld(stage)).toEqual(worldBefore);
  });

  test("is lifted where the request says so, and ends Rejected", async () => {
    const before = asText(await stage.tableContent());
    const request = incident.requestFor("thawed", { approval: { ...SOON, onTimeout: "lift" } });
    const executionArn = await stage.startRecovery("thawed", request);
    const { output } = await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Rejected" });
    expect(asText(await stage.tableContent())).toBe(before);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await lockHolder()).toBeUndefined();
  });
});
