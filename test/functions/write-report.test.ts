import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decisionRecord } from "../../functions/answers/records.ts";
import { RecoveryRequest } from "../../functions/contracts.ts";
import { repairTrial } from "../../functions/repair-trial.ts";
import { frozenSeconds, isFrozen, type Report } from "../../functions/report/report.ts";
import type { RecoveryStatus } from "../../functions/runtime/recovery.ts";
import { verifyTrial } from "../../functions/verify-trial.ts";
import { writeReport } from "../../functions/write-report.ts";
import { DELETED, GHOST, RECOVERY_ID, STEP, StepsWorld, type Story, WRONG_TOTAL } from "./support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

const write = (
  outcome: "Recovered" | "Stopped" | "NothingToRepair" | "Rejected" | "Planned",
  round = 0,
  planHash = "",
) => writeReport({ ...STEP, outcome, round, planHash }, world.deps);
const report = () => world.deps.artifacts.getJson<Report>(RECOVERY_ID, "report.json");
const page = () => world.pocket.s3.text(`recoveries/${RECOVERY_ID}/report.md`);
const holder = () => world.deps.recoveries.get<{ recoveryId: string }>("lock", "orders");
const IN_CONFLICT: Story = { before: { total: 1 }, after: { total: 9 }, live: { total: 5 } };

const freeze = (record: object) =>
  world.deps.recoveries.put(RECOVERY_ID, "read-only", {
    thawed: [],
    guards: {},
    notes: [],
    doesNotCover: [],
    ...record,
  });

describe("the report", () => {
  test("of a recovery tells what was repaired, by whose approval, and what is left to a person and why", async () => {
    await world.happened([WRONG_TOTAL, WRONG_TOTAL, DELETED, GHOST, IN_CONFLICT]);
    const approval = await world.approved();
    await world.repair(approval);

    const { cause } = await write("Recovered", 1, approval.approvedHash);

    expect(cause).toContain("ended: Recovered");
    expect(await report()).toMatchObject({
      outcome: "Recovered",
      plan: { writes: 3, conflicts: 1 },
      approval: { answer: "approve", by: "ann" },
      decisions: [],
      repairs: { outcomes: { written: 3 }, leftCount: 1, createdCount: 1 },
      toDo: [
        "1 item is left for a person to decide: each is listed with its reason.",
        "1 item was created by the incident or since, and left as it is.",
        expect.stringContaining("change decisions in followUp"),
      ],
    });
    const { followUp } = await report();
    expect(followUp?.decisions?.map(({ decision }) => decision)).toEqual(["keep", "keep"]);
    expect(RecoveryRequest.parse(followUp)).toMatchObject({ table: "orders", evidence: { from: RECOVERY_ID } });
    expect(page()).toContain("| approve by ann |");
    const [, ready = "{}"] = /```json\n([\s\S]*?)\n```/.exec(page()) ?? [];
    expect(JSON.parse(ready)).toEqual(followUp);
    expect(page()).toContain("changed by the incident and again since: decide by key");
    expect(world.told[0]?.message).toContain("3 items were repaired, 1 are left for a person to decide.");
    expect(await world.deps.recoveries.get<RecoveryStatus>(RECOVERY_ID, "status")).toMatchObject({
      state: "ended",
      outcome: "Recovered",
    });
    expect(await holder()).toBeUndefined();
  });

  test("of a recovery that stopped after its trial tells that items were written", async () => {
    await world.happened([WRONG_TOTAL, WRONG_TOTAL, DELETED]);
    const { approvedHash } = await world.approved();
    const of = { ...STEP, round: 1, planHash: approvedHash };
    await repairTrial(of, world.deps);
    await verifyTrial(of, world.deps);
    const decision = { answer: "stop", about: "trial", askedAt: world.at, by: "bob", at: world.at } as const;
    await world.deps.recoveries.put(RECOVERY_ID, decisionRecord(decision), decision);

    await write("Stopped", 1, approvedHash);

    expect(await report()).toMatchObject({ repairs: { outcomes: { written: 2 } }, decisions: [decision] });
    expect((await report()).toDo[0]).toContain("Some items were repaired before the recovery stopped");
    expect(page()).toContain("stop (about the trial) by bob");
    expect(page()).not.toContain("Nothing was written.");
  });

  test("of a recovery without a plan is short", async () => {
    await write("NothingToRepair");

    expect(await report()).toMatchObject({ repairs: { outcomes: {} }, toDo: [] });
    expect(page()).toContain("Nothing was written.");
    expect(page()).not.toContain("## Plan");
  });

  test("names restored tables that are kept, and none that are gone", async () => {
    await world.deps.recoveries.put(RECOVERY_ID, "evidence", {
      kind: "restore",
      tables: { before: { tableName: "kept-1" }, after: { tableName: "gone-1", deletedAt: world.at } },
    });

    await write("Rejected");

    expect((await report()).toDo).toEqual([
      "Restored tables are kept, and cost storage until they are deleted: kept-1.",
    ]);
  });

  test("of a look says what to start next, and what it would take", async () => {
    await world.happened([WRONG_TOTAL, DELETED, GHOST]);
    await world.plan();

    await write("Planned", 1, "");

    const { evidenceUsed, keys, plan } = await report();
    expect(evidenceUsed).toMatchObject({ kind: "restore", reason: expect.any(String) });
    expect(keys).toMatchObject({ parts: 1 });
    expect(page()).toContain(`"plan": "${RECOVERY_ID}"`);
    expect(page()).toMatch(/\| the plan as it stands \| 2 \| 2 \| [\d.]+ to [\d.]+ \| USD 0\.\d\d \|/);
    expect(page()).toContain("Prices of us-east-1, 2026-11-20.");
    expect(page()).toContain(
      '| updated `total` | `{"pk":"TENANT#acme","sk":1}` | `{"total":1}` | `{"total":9}` | `{"total":9}` |',
    );
    expect(plan?.next.thisPlan).toEqual({ plan: RECOVERY_ID });
  });

  test("lists all that is left in S3, whatever the page shows of it, as a list that a later request may name", async () => {
    await world.happened([IN_CONFLICT, GHOST, WRONG_TOTAL]);
    const approval = await world.approved();
    await world.repair(approval);

    await write("Recovered", 1, approval.approvedHash);

    const { lists } = await report();
    expect(lists).toEqual({
      left: { count: 2, files: [`s3://bucket/recoveries/${RECOVERY_ID}/left.jsonl`] },
      expired: { count: 0, files: [] },
    });
    const lines = world.pocket.s3.text(`recoveries/${RECOVERY_ID}/left.jsonl`).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        table: "orders",
        key: { pk: { S: "TENANT#acme" }, sk: { N: "1" } },
        reason: "conflict: attributes",
        attributes: ["total"],
      },
      { table: "orders", key: { pk: { S: "TENANT#acme" }, sk: { N: "2" } }, reason: "created" },
    ]);
  });

  test.each(["Recovered", "Planned"] as const)(
    "of a recovery that ended %s keeps what expired items held",
    async (outcome) => {
      await world.changeRecovery({ ttlAttribute: "ttl" });
      const ttl = world.pocket.nowMs / 1000 - 60;
      await world.happened([{ before: { total: 1, ttl }, live: null }, WRONG_TOTAL]);
      const approval = await world.approved();
      if (outcome === "Recovered") await world.repair(approval);

      await write(outcome, 1, outcome === "Recovered" ? approval.approvedHash : "");

      expect((await report()).toDo.join()).toContain("1 item stays gone");
      expect(JSON.parse(world.pocket.s3.text(`recoveries/${RECOVERY_ID}/expired.jsonl`))).toMatchObject({
        key: { sk: { N: "1" } },
        image: { total: { N: "1" }, ttl: { N: String(ttl) } },
      });
      expect(page()).toContain("## Not put back");
    },
  );

  test("of an undo says what it keeps", async () => {
    await world.happened([IN_CONFLICT, WRONG_TOTAL]);
    const approval = await world.approved();
    await world.repair(approval);
    await world.changeRecovery({ undoOf: "r-0" });

    await write("Recovered", 1, approval.approvedHash);

    expect(page()).toContain("This is an undo of recovery `r-0`");
    expect((await report()).toDo.join()).toContain("An undo keeps what was written after recovery r-0");
  });

  test("names what follows the table, since every repair reached it", async () => {
    await world.changeRecovery({ sideEffects: ["stream (NEW_IMAGE): every write of the repair emits a record"] });

    await write("Recovered");

    expect((await report()).toDo[0]).toContain("Mind what follows the table: stream");
  });

  test("written again is the same, and the lock of the next recovery stays", async () => {
    await write("Recovered");
    const first = await report();
    await world.deps.recoveries.acquireLock("orders", { recoveryId: "next", executionArn: "a", acquiredAt: "t" });

    await write("Recovered");

    expect(await report()).toEqual(first);
    expect(await holder()).toMatchObject({ recoveryId: "next" });
  });
});

describe("a table that is still frozen", () => {
  test("keeps its lock, and report and message say how to lift it", async () => {
    await freeze({ state: "proven", frozenFrom: world.at });

    const { cause } = await write("Stopped");

    expect(cause).toContain("a redrive changes nothing");
    expect(cause).toContain("backstitch-lift-read-only");
    expect(world.told[0]?.message).toContain("The table is still frozen");
    expect(page()).toContain("backstitch-activate-read-only");
    expect(await holder()).toMatchObject({ recoveryId: RECOVERY_ID });
  });

  test.each(["raising", "up", "proven", "lifting"] as const)("is one whose freeze is %s", (state) => {
    expect(isFrozen({ state } as Report["readOnly"])).toBe(true);
  });

  test.each(["off", "lifted", "lifted-continue"] as const)("is not one whose freeze is %s", (state) => {
    expect(isFrozen({ state } as Report["readOnly"])).toBe(false);
  });

  test("was frozen from the first denial to the lift, or until now", () => {
    const of = (record: object) => frozenSeconds(record as Report["readOnly"], "2026-11-20T03:10:00.000Z");
    const frozenFrom = "2026-11-20T03:00:00.000Z";

    expect(of({ state: "off" })).toBe(0);
    expect(of({ state: "up" })).toBe(0);
    expect(of({ state: "lifted", frozenFrom, liftedAt: "2026-11-20T03:01:30.250Z" })).toBe(90.3);
    expect(of({ state: "proven", frozenFrom })).toBe(600);
  });
});

describe("what comes from outside stays text in the page:", () => {
  test("keys, reasons, names and tenants make no markup, no cell and no line of their own", async () => {
    const { request } = await world.recovery();
    await world.changeRecovery({
      request: { ...request, reason: "see [here](http://evil) | <script>\n# Recovered" },
    });
    const name = "a|b`c\n## d";
    await world.happened([{ before: { [name]: 1 }, after: { [name]: 9 }, live: { [name]: 5 } }, WRONG_TOTAL]);
    const approval = await world.approved({ by: "eve | **root** <b>" });
    await world.repair(approval);

    await write("Recovered", 1, approval.approvedHash);

    const lines = page().split("\n");
    expect(lines.filter((line) => line.startsWith("#"))).toEqual([
      "# Recovery of orders: Recovered",
      "## To do",
      "## Times",
      "## Evidence",
      "## Freeze",
      "## Plan",
      "## Repair",
      "## Left for a person to decide",
      "## Go on",
    ]);
    expect(page()).not.toMatch(/(?<!\\)<script|(?<!\\)\*\*root|(?<!\\)\[here/);
    const rows = lines.filter((line) => line.includes("TENANT#acme") && line.startsWith("|"));
    expect(rows.map((one) => one.match(/(?<!\\)\|/g)?.length)).toEqual([6, 6, 4]);
    const row = rows.at(-1);
    expect(row).toContain("a\\|b'c ## d");
    const approver = lines.find((line) => line.includes("approve by"));
    expect(approver?.match(/(?<!\\)\|/g)).toHaveLength(3);
  });
});
