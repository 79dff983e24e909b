import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adoptPlan } from "../../functions/adopt-plan.ts";
import type { Dependencies } from "../../functions/runtime/dependencies.ts";
import { configured, RecoverySteps } from "./support/recovery-steps.ts";
import { DELETED, GHOST, RECOVERY_ID, StepsWorld, WRONG_TOTAL } from "./support/steps-world.ts";

const LATER = { recoveryId: "later", table: "orders" };

let world: StepsWorld;
let deps: Dependencies;
let planned: RecoverySteps;
beforeEach(async () => {
  world = await StepsWorld.start();
  deps = configured(world);
  planned = new RecoverySteps(RECOVERY_ID, deps);
  const table = await world.pocket.describe("orders");
  await world.changeRecovery({ tableId: table?.TableId ?? "", tableArn: table?.TableArn ?? "" });
  await world.happened([WRONG_TOTAL, DELETED, WRONG_TOTAL, GHOST], 2);
});
afterEach(() => world.close());

async function stored(outcome = "Planned") {
  const summary = await planned.plan();
  await planned.end(outcome);
  return summary;
}

const later = (request: object = {}) => RecoverySteps.begin("later", { plan: RECOVERY_ID, ...request }, deps);

describe("a stored plan", () => {
  test("is executed by a later recovery, with the same hash", async () => {
    const { planHash } = await stored();
    const recovery = await later();

    const adopted = await adoptPlan(LATER, deps);

    expect(adopted).toEqual({
      verdict: "repairable",
      planHash,
      round: 1,
      answered: false,
      writes: 3,
      conflicts: 0,
      manifest: { bucket: "bucket", key: "recoveries/later/plan/1/parts.json" },
      partsManifest: { bucket: "bucket", key: "recoveries/later/parts.json" },
    });
    await recovery.freeze();
    const { summary } = await recovery.repair(await recovery.approve(planHash));
    expect(summary).toEqual({ asPlanned: true, written: 3, conflicts: 0 });
    expect([await world.live(1), await world.live(2), await world.live(3)]).toEqual([
      { total: "1" },
      { total: "2" },
      { total: "1" },
    ]);
  });

  test("leaves alone what somebody wrote since it was made", async () => {
    const { planHash } = await stored();
    const recovery = await later();
    await adoptPlan(LATER, deps);
    await world.pocket.seed("orders", [{ pk: { S: "TENANT#acme" }, sk: { N: "3" }, total: { N: "5" } }]);

    await recovery.freeze();
    const { summary } = await recovery.repair(await recovery.approve(planHash));

    expect(summary).toMatchObject({ written: 2, conflicts: 1 });
    expect(await world.live(3)).toEqual({ total: "5" });
  });

  test("may be approved with a choice of its groups", async () => {
    const { planHash } = await stored();
    const recovery = await later();
    await adoptPlan(LATER, deps);

    await recovery.freeze();
    const groups = [{ kind: "updated" as const, attributes: ["total"] }];
    const { summary } = await recovery.repair(await recovery.approve(planHash, { groups }));

    expect(summary).toMatchObject({ written: 2 });
    expect(await world.live(2)).toBeNull();
  });

  test("is planned anew by other rules, from the evidence of the recovery that made it", async () => {
    const { planHash } = await stored();
    const recovery = await later();
    await adoptPlan(LATER, deps);
    await recovery.approve(planHash, { answer: "replan", rules: { conflicts: "skip", created: "delete" } });

    const second = await recovery.plan(2);

    expect(second.planHash).not.toBe(planHash);
    expect(second.writes).toBe(4);
  });

  test("can be adopted once more by a third recovery", async () => {
    const { planHash } = await stored();
    const second = await later();
    await adoptPlan(LATER, deps);
    await second.end("Rejected");
    const third = await RecoverySteps.begin("third", { plan: "later" }, deps);

    expect(await adoptPlan({ ...LATER, recoveryId: "third" }, deps)).toMatchObject({ planHash, writes: 3 });
    await third.freeze();
    const { summary } = await third.repair(await third.approve(planHash));
    expect(summary).toMatchObject({ written: 3 });
  });

  test("is adopted again by a retry, to the same end", async () => {
    await stored();
    await later();

    expect(await adoptPlan(LATER, deps)).toEqual(await adoptPlan(LATER, deps));
  });

  test("of which a part's record is missing is refused", async () => {
    await stored();
    await later();
    await deps.recoveries.put(RECOVERY_ID, "keys", { parts: 3 });

    await expect(adoptPlan(LATER, deps)).rejects.toMatchObject({ name: "MissingResult" });
  });
});

describe("a plan that can't be executed", () => {
  test("does not exist yet", async () => {
    await planned.end("Stopped");

    await expect(later()).rejects.toThrow(/a recovery that ended before it had a plan/);
  });

  test("is still being made", async () => {
    await deps.recoveries.releaseLock("orders", RECOVERY_ID);

    await expect(later()).rejects.toThrow(/still making its plan: wait until it has ended/);
  });

  test("waits for an answer", async () => {
    await planned.plan();

    await expect(later()).rejects.toThrow(/under way: wait until it has ended, or answer what it asks/);
  });

  test("was carried out", async () => {
    const { planHash } = await planned.plan();
    await planned.repair(await planned.approve(planHash));
    await planned.end();

    await expect(later()).rejects.toThrow(/whose plan was carried out, at least in part/);
  });

  test("was made when another attribute was the version", async () => {
    await stored();
    deps = configured(world, { versionAttribute: "v" });

    await expect(later()).rejects.toThrow(/versionAttribute of table "orders" was not declared; now it is "v"/);
  });
});
