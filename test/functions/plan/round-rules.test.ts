import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Approval, approvalRecord } from "../../../functions/answers/records.ts";
import type { Rules } from "../../../functions/contracts.ts";
import { repairRules, roundRules } from "../../../functions/plan/round-rules.ts";
import { RECOVERY_ID, StepsWorld } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

async function recoveryWith(rules: Partial<Rules>) {
  const { request } = await world.recovery();
  return world.changeRecovery({ request: { ...request, ...rules } });
}

function answered(answer: Approval["answer"], rules?: Rules): Promise<void> {
  const approval: Approval = {
    answer,
    round: 1,
    planHash: "p",
    approvedHash: "none",
    ...(rules ? { rules } : {}),
    by: "ann",
    at: world.at,
  };
  return world.deps.recoveries.put(RECOVERY_ID, approvalRecord(1), approval);
}

describe("the rules of a round", () => {
  test("are the request's in the first one, and those of the replan in the next", async () => {
    const recovery = await recoveryWith({ conflicts: "merge", attributes: { only: ["total"] } });
    await answered("replan", { conflicts: "skip", created: "delete" });

    expect((await roundRules(recovery, 1, world.deps)).rules).toEqual({
      conflicts: "merge",
      created: "report",
      attributes: { only: ["total"] },
    });
    expect((await roundRules(recovery, 2, world.deps)).rules).toEqual({ conflicts: "skip", created: "delete" });
  });

  test("are fixed by whoever asks first, the moment of judging TTL included", async () => {
    const recovery = await world.recovery();
    const first = await Promise.all(Array.from({ length: 4 }, () => roundRules(recovery, 1, world.deps)));
    world.pocket.passSeconds(90);

    expect(await roundRules(recovery, 1, world.deps)).toEqual(first[0]);
    expect(new Set(first.map(({ now }) => now)).size).toBe(1);
  });

  test.each(["approve", "reject"] as const)("are missing for a round after the answer %s", async (answer) => {
    await answered(answer);

    await expect(roundRules(await world.recovery(), 2, world.deps)).rejects.toMatchObject({
      name: "MissingResult",
      message: expect.stringContaining(answer),
    });
  });
});

describe("the planner's rules", () => {
  const made = { rules: { conflicts: "skip", created: "report" } as Rules, now: 7 };

  test.each([
    ["list", undefined, "keys"],
    ["s3", undefined, "keys"],
    ["partition", undefined, "none"],
    ["partition", ["acme"], "tenants"],
  ] as const)("take keys from a %s with tenants %s for the selection %s", async (keySource, tenants, selection) => {
    const recovery = await world.recovery();
    const request = tenants ? { ...recovery.request, tenants: [...tenants] } : recovery.request;

    expect(repairRules({ ...recovery, keySource, request }, made).selection).toBe(selection);
  });

  test("take the approver's choice of groups instead of the request's, and the accept", async () => {
    const recovery = await world.recovery();
    const rules: Rules = { ...made.rules, groups: [{ kind: "created", attributes: [] }] };
    const approval = { groups: [{ kind: "deleted", attributes: [] }], accept: "may-lose-good-writes" } as const;

    expect(repairRules(recovery, { ...made, rules })).toMatchObject({
      groups: rules.groups,
      acceptMayLoseGoodWrites: false,
      now: 7,
    });
    expect(repairRules(recovery, { ...made, rules }, approval as unknown as Approval)).toMatchObject({
      groups: approval.groups,
      acceptMayLoseGoodWrites: true,
    });
  });
});
