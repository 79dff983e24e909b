import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { summarizeRepairs } from "../../functions/summarize-repairs.ts";
import { RECOVERY_ID, STEP, StepsWorld, WRONG_TOTAL } from "./support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

describe("summing repairs up", () => {
  test("demands a result of every part of the plan, as the records have it, and of the trial", async () => {
    await world.happened([WRONG_TOTAL, WRONG_TOTAL, WRONG_TOTAL], 1);
    const approval = await world.approved();
    expect(await world.repair(approval)).toEqual({
      trial: { asPlanned: true },
      summary: { asPlanned: true, written: 3, conflicts: 0 },
    });
    const of = { ...STEP, round: 1, planHash: approval.approvedHash };
    // The list of parts in the bucket is for the maps; what lost a part there must not look repaired.
    await world.deps.artifacts.putJson(RECOVERY_ID, "plan/1/parts.json", [{ part: "00001-0" }]);
    world.pocket.s3.delete(`recoveries/${RECOVERY_ID}/results/${of.planHash}/verify/00002-0.json`);

    await expect(summarizeRepairs(of, world.deps)).rejects.toMatchObject({
      name: "MissingResult",
      message: expect.stringContaining("verify/00002-0.json"),
    });
  });

  test("is not as planned where one item is not", async () => {
    await world.happened([WRONG_TOTAL, WRONG_TOTAL]);
    const approval = await world.approved();
    await world.repair(approval);
    const of = { ...STEP, round: 1, planHash: approval.approvedHash };
    const name = `results/${of.planHash}/verify/00001-0.json`;
    const part = await world.deps.artifacts.getJson<object>(RECOVERY_ID, name);
    await world.deps.artifacts.putJson(RECOVERY_ID, name, { ...part, notAsPlanned: 1 });

    expect(await summarizeRepairs(of, world.deps)).toMatchObject({ asPlanned: false, written: 2 });
  });

  test("of a plan that was not approved is refused", async () => {
    await world.happened([WRONG_TOTAL]);
    const { planHash } = await world.plan();

    await expect(summarizeRepairs({ ...STEP, round: 1, planHash }, world.deps)).rejects.toMatchObject({
      name: "NotApproved",
    });
  });
});
