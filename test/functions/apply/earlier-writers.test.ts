import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { giveTableBack } from "../../../functions/apply/earlier-writers.ts";
import { beginAttempt } from "../../../functions/apply/outcomes.ts";
import { repairTrial } from "../../../functions/repair-trial.ts";
import { named, RECOVERY_ID, STEP, StepsWorld, WRONG_TOTAL } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
  await world.happened([WRONG_TOTAL]);
});
afterEach(() => world.close());

/** An earlier recovery of the table ends, after one attempt that nobody saw the end of. */
async function earlierRecoveryEnds(): Promise<void> {
  const earlier = { ...(await world.recovery()), recoveryId: "earlier" };
  await world.deps.recoveries.releaseLock("orders", RECOVERY_ID);
  await world.deps.recoveries.acquireLock("orders", { recoveryId: "earlier", executionArn: "a", acquiredAt: world.at });
  await beginAttempt({ recoveryId: "earlier", planHash: "h", part: "00001-0" }, world.deps);
  world.pocket.passSeconds(10);
  await giveTableBack(earlier, world.deps);
  await world.deps.recoveries.acquireLock("orders", {
    recoveryId: RECOVERY_ID,
    executionArn: "b",
    acquiredAt: world.at,
  });
}

const trial = async (approvedHash: string) => repairTrial({ ...STEP, round: 1, planHash: approvedHash }, world.deps);

describe("a recovery writes", () => {
  test("only when no function of an earlier one can be at work any more: what its end was not recorded of may be", async () => {
    await earlierRecoveryEnds();
    const { approvedHash } = await world.approved();

    await expect(trial(approvedHash)).rejects.toMatchObject({
      name: "TransientFailure",
      message: expect.stringContaining('"earlier"'),
    });
    expect(await world.live(1)).toEqual({ total: "9" });
    world.pocket.passSeconds(world.deps.environment.WRITER_TIMEOUT_SECONDS);

    expect(await trial(approvedHash)).toEqual({ items: 1 });
  });

  test("at once after one whose attempts came to their end, be it by an error", async () => {
    const approval = await world.approved();
    world.failBefore((command) => command instanceof UpdateItemCommand, named("AccessDeniedException"));
    await expect(trial(approval.approvedHash)).rejects.toMatchObject({ name: "AccessDeniedException" });
    world.failBefore(() => false, named("none"));

    await giveTableBack(await world.recovery(), world.deps);

    expect(await world.deps.recoveries.get("writers", "orders")).toBeUndefined();
  });

  test("again itself, after an attempt of its own that was killed: guards and journal make that harmless", async () => {
    const { approvedHash } = await world.approved();
    await beginAttempt({ recoveryId: RECOVERY_ID, planHash: approvedHash, part: "trial" }, world.deps);

    expect(await trial(approvedHash)).toEqual({ items: 1 });
  });
});
