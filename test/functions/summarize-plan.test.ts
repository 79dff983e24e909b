import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planRecord } from "../../functions/answers/records.ts";
import type { PlannedPart, PlanRecord, PlanSummary } from "../../functions/plan/plan-record.ts";
import { plannedPartRecord, planResultRecord } from "../../functions/plan/plan-record.ts";
import { planPart } from "../../functions/plan-part.ts";
import { summarizePlan } from "../../functions/summarize-plan.ts";
import { DELETED, GHOST, RECOVERY_ID, STEP, StepsWorld, type Story, WRONG_TOTAL } from "./support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

const summary = () => world.deps.artifacts.getJson<PlanSummary>(RECOVERY_ID, "plan/1/plan.json");

describe("a plan", () => {
  test("adds up its parts, whatever their number, for people and as a record without keys or values", async () => {
    await world.happened([WRONG_TOTAL, DELETED, GHOST, WRONG_TOTAL, { before: { total: 1 }, live: { total: 1 } }], 2);

    const answer = await world.plan();

    expect(answer).toMatchObject({ verdict: "repairable", writes: 3, conflicts: 0 });
    expect(await summary()).toMatchObject({ writes: 3, created: 1, twoWay: false, counts: { items: 5 }, parts: 2 });
    const record = await world.deps.recoveries.get<PlanRecord>(RECOVERY_ID, planRecord(1));
    expect(record).toMatchObject({ planHash: answer.planHash, groups: 3, parts: 2 });
    expect(JSON.stringify(record)).not.toContain("acme");
  });

  test("has the same hash when nothing changed, and another one for another value, key or rule", async () => {
    const hashes = new Set<string>();
    const planned = async (stories: readonly Story[]) => {
      await world.happened(stories);
      const { planHash } = await world.plan();
      hashes.add(planHash);
      return planHash;
    };
    const first = await planned([WRONG_TOTAL]);
    expect(await planned([WRONG_TOTAL])).toBe(first);

    await planned([{ before: { total: 2 }, live: { total: 9 } }]);
    await planned([{ before: { total: 1 }, live: { total: 8 } }]);
    await planned([WRONG_TOTAL, WRONG_TOTAL]);
    const { request } = await world.recovery();
    await world.changeRecovery({ request: { ...request, conflicts: "merge" } });
    await world.deps.recoveries.put(RECOVERY_ID, "rules#0001", { rules: { ...request, conflicts: "merge" }, now: 1 });
    await planned([WRONG_TOTAL, WRONG_TOTAL]);

    expect(hashes.size).toBe(5);
  });

  test("pins each part under its own hash, so that another plan of the round does not replace it", async () => {
    await world.happened([WRONG_TOTAL]);
    const first = await world.plan();
    await world.happened([{ before: { total: 3 }, live: { total: 4 } }]);
    const second = await world.plan();

    const pin = (hash: string) =>
      world.deps.recoveries.get<PlannedPart>(RECOVERY_ID, plannedPartRecord(hash, "00001-0"));
    expect((await pin(first.planHash))?.sha256).not.toBe((await pin(second.planHash))?.sha256);
  });

  test.each<[string, readonly Story[]]>([
    ["nobody changed anything", [{ before: { total: 1 }, live: { total: 1 } }]],
    ["all that is gone had expired", [{ before: { total: 1, ttl: 1_700_000_000 }, live: null }]],
  ])("is nothing to repair where %s", async (_what, stories) => {
    await world.changeRecovery({ ttlAttribute: "ttl" });
    await world.happened(stories);

    expect(await world.plan()).toMatchObject({ verdict: "nothing", writes: 0 });
  });

  test("is nothing to repair where a person keeps every item as it is", async () => {
    const { request } = await world.recovery();
    await world.changeRecovery({ keySource: "list", request: { ...request, evidence: { from: "r-0" } } });
    const decisions = [{ key: { pk: "TENANT#acme", sk: 1 }, decision: "keep" }];
    await world.deps.artifacts.putJson(RECOVERY_ID, "request.json", { decisions });
    await world.happened([WRONG_TOTAL]);

    expect(await world.plan()).toMatchObject({ verdict: "nothing", writes: 0 });
    expect((await summary()).counts).toMatchObject({ actions: { "not-damaged": 1 }, groups: [] });
  });

  test("that only a person could decide is put before one", async () => {
    await world.happened([GHOST]);

    expect(await world.plan()).toMatchObject({ verdict: "repairable", writes: 0 });
  });

  test("with a conflict under conflicts: fail is a conflict", async () => {
    const { request } = await world.recovery();
    await world.changeRecovery({ request: { ...request, conflicts: "fail" } });
    await world.happened([WRONG_TOTAL, { before: { total: 1 }, after: { total: 9 }, live: { total: 5 } }]);

    expect(await world.plan()).toMatchObject({ verdict: "conflict", conflicts: 1 });
  });
});

describe("one result per part is demanded:", () => {
  const planned = async (part: string) => planPart({ ...STEP, round: 1, part }, world.deps);

  test("a part that was not planned is an error, never a smaller plan", async () => {
    await world.happened([WRONG_TOTAL, WRONG_TOTAL], 1);
    await planned("00001");

    await expect(summarizePlan({ ...STEP, round: 1 }, world.deps)).rejects.toMatchObject({
      name: "MissingResult",
      message: expect.stringContaining("00002"),
    });
  });

  test("a list of parts that was shortened in the bucket shortens no plan", async () => {
    await world.happened([WRONG_TOTAL, WRONG_TOTAL], 1);
    await world.deps.artifacts.putJson(RECOVERY_ID, "parts.json", [{ part: "00001" }]);
    await planned("00001");
    await planned("00002");

    expect(await summarizePlan({ ...STEP, round: 1 }, world.deps)).toMatchObject({ writes: 2 });
  });

  test("a result whose object was deleted is named", async () => {
    await world.happened([WRONG_TOTAL]);
    await planned("00001");
    world.pocket.s3.delete(`recoveries/${RECOVERY_ID}/results/plan/1/00001.json`);

    await expect(summarizePlan({ ...STEP, round: 1 }, world.deps)).rejects.toMatchObject({ name: "MissingResult" });
  });

  test("a result that somebody put into the bucket makes no plan", async () => {
    await world.happened([WRONG_TOTAL]);
    await planned("00001");
    const { sha256 } = (await world.deps.recoveries.get<{ sha256: string }>(
      RECOVERY_ID,
      planResultRecord(1, "00001"),
    )) ?? {
      sha256: "",
    };
    // Whoever can delete versions can also make the recorded one unreadable, but not another one readable.
    await world.deps.recoveries.put(RECOVERY_ID, planResultRecord(1, "00001"), { sha256 });
    await world.deps.artifacts.putJson(RECOVERY_ID, "results/plan/1/00001.json", { part: "00001", parts: [] });

    await expect(summarizePlan({ ...STEP, round: 1 }, world.deps)).rejects.toMatchObject({ name: "PlanMismatch" });
  });
});
