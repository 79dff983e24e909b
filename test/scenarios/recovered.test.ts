import type { DescribeExecutionCommandOutput } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import type { Report } from "../../functions/report/build-report.ts";
import type { RecoveryStatus } from "../../functions/runtime/recovery.ts";
import { type DeployedPocketAws, type Item, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import {
  DAMAGED_A_TENANT,
  haveIncident,
  itemsOfOthers,
  MARKER,
  NOTHING_WRONG,
  type OrdersIncident,
} from "./support/incident.ts";
import {
  type GuardedWorld,
  guardedWorld,
  reconfigure,
  record,
  recover,
  restoredTables,
  toldAbout,
} from "./support/operator.ts";
import { tracesOf } from "./support/traces.ts";

const UNDECIDABLE = 2;
const recoveryId = "recovered-1";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;
let contentBefore: Map<string, Item>;
let execution: DescribeExecutionCommandOutput;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["acme"], undecidable: UNDECIDABLE });
  worldBefore = await guardedWorld(stage);
  contentBefore = await stage.tableContent();
  execution = await recover(stage, recoveryId, incident.requestFor("acme"));
});

afterAll(() => stage?.close());

describe("a recovery that is approved and nothing disturbs", () => {
  test("ends Recovered, and the whole table is as if the bug had never been", async () => {
    expect(JSON.parse(execution.output ?? "{}")).toMatchObject({ outcome: "Recovered" });
    const verdict = incident.truth.judge(await stage.tableContent());
    expect(verdict).toMatchObject({ damaged: DAMAGED_A_TENANT, damagedLeft: [], goodWritesLost: [] });
    expect(await incident.wrongIn("acme")).toEqual(NOTHING_WRONG);
  });

  test("touches no item that was not damaged", async () => {
    expect(itemsOfOthers(await stage.tableContent(), "acme")).toEqual(itemsOfOthers(contentBefore, "acme"));
  });

  test("leaves to a person exactly what no image can decide", async () => {
    const { undecidable } = incident.truth.judge(await stage.tableContent());
    const { repairs } = await stage.readReport<Report>(recoveryId);
    const left = repairs.left.map(({ key }) =>
      Object.values(key)
        .flatMap((value) => Object.values(value))
        .join("/"),
    );
    expect(undecidable).toHaveLength(UNDECIDABLE);
    expect(left.sort()).toEqual(undecidable);
    expect(repairs.leftCount).toBe(UNDECIDABLE);
  });

  test("counts in its report what it did", async () => {
    const report = await stage.readReport<Report>(recoveryId);
    expect(report.outcome).toBe("Recovered");
    expect(report.repairs.outcomes).toEqual({ written: DAMAGED_A_TENANT - UNDECIDABLE });
    expect(report.repairs.verified).toMatchObject({ "as-planned": DAMAGED_A_TENANT - UNDECIDABLE, "not-repaired": 0 });
    expect(report.repairs.notAsPlanned).toBe(0);
    expect(report.frozenSeconds).toBeGreaterThan(0);
    expect(report.toDo).toEqual([
      `${UNDECIDABLE} items are left for a person to decide: each is listed with its reason.`,
      expect.stringContaining("change decisions in followUp"),
    ]);
    expect(report.approval).toMatchObject({ answer: "approve", by: "on-call" });
  });

  test("writes the report as a page too", async () => {
    const page = await stage.readText(`recoveries/${recoveryId}/report.md`);
    expect(page).toContain("# Recovery of orders: Recovered");
    expect(page).toContain(`\`${recoveryId}\``);
  });

  test("leaves policy, attachments and flag as they were", async () => {
    expect(await guardedWorld(stage)).toEqual(worldBefore);
  });

  test("deletes the tables that it restored", async () => {
    expect(await restoredTables(stage)).toEqual([]);
    const { evidence } = await stage.readReport<Report>(recoveryId);
    expect(evidence).toMatchObject({ kind: "restore", tables: { before: {}, after: {} } });
  });

  test("says in its records that every guard was proven and that all are down, and gives the lock back", async () => {
    const readOnly = await record<ReadOnlyRecord>(stage, recoveryId, "read-only");
    expect(readOnly?.state).toBe("lifted");
    expect(readOnly?.guards["iam-deny"]).toMatchObject({ proof: "proven", loweredAt: expect.any(String) });
    expect(readOnly?.guards["table-policy"]).toMatchObject({ proof: "proven", loweredAt: expect.any(String) });
    expect(readOnly?.guards["ssm-flag"]).toMatchObject({ proof: "not proven", loweredAt: expect.any(String) });
    const status = await record<RecoveryStatus>(stage, recoveryId, "status");
    expect(status).toMatchObject({ state: "ended", outcome: "Recovered", table: "orders" });
    expect(await record(stage, "lock", "orders")).toBeUndefined();
  });

  test("tells people that a plan waits and that it ended, and nothing else", () => {
    expect(toldAbout(stage, recoveryId).map(({ subject }) => subject)).toEqual([
      "Backstitch: the plan for orders waits for approval",
      "Backstitch: the recovery of orders ended: Recovered",
    ]);
  });

  test("lets no item's value into the execution history of parent or children, into logs or into messages", async () => {
    // The values are there to be leaked: the plan in the bucket has them.
    const [first] = await stage.readJson<{ part: string }[]>(`recoveries/${recoveryId}/plan/1/parts.json`);
    expect(await stage.readText(`recoveries/${recoveryId}/plan/1/${first?.part}.json`)).toContain(MARKER);
    const traces = await tracesOf(stage);
    for (const [where, said] of Object.entries(traces)) {
      expect(said.length, where).toBeGreaterThan(0);
      expect(JSON.stringify(said), where).not.toContain(MARKER);
    }
  });

  test("meets no mistake of the pocket AWS itself", () => {
    expect(stage.aws.faults).toBe(0);
  });
});

describe("what it has left", () => {
  test("is decided later, from its plan, though the restored tables are gone", async () => {
    const { followUp } = await stage.readReport<Report>(recoveryId);
    const decisions = followUp?.decisions?.map((one) => ({ ...one, decision: "revert" }));

    await recover(stage, "decided-1", { ...followUp, decisions });

    const { evidenceUsed, repairs } = await stage.readReport<Report>("decided-1");
    expect(evidenceUsed).toMatchObject({ kind: "plan", from: recoveryId });
    expect(repairs).toMatchObject({ leftCount: 0, outcomes: { written: UNDECIDABLE } });
    expect(repairs.verified).toMatchObject({ "as-planned": UNDECIDABLE });
    expect(await restoredTables(stage)).toEqual([]);
  });
});
