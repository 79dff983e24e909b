import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerRecovery } from "../../../functions/answer-recovery.ts";
import type { Lock } from "../../../functions/runtime/recoveries.ts";
import type { RecoveryStatus } from "../../../functions/runtime/recovery.ts";
import { RECOVERY_ID, StepsWorld } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

const giveUp = () => answerRecovery({ recoveryId: RECOVERY_ID, answer: "abandon", by: "ann" }, world.deps);
const lock = () => world.deps.recoveries.get<Lock>("lock", "orders");
const status = () => world.deps.recoveries.get<RecoveryStatus>(RECOVERY_ID, "status");

describe("a recovery that is given up", () => {
  test.each(["FAILED", "TIMED_OUT", "ABORTED", undefined])("gives its table back where it ended %s", async (ended) => {
    world.executionStatus = ended;

    expect(await giveUp()).toEqual({ recoveryId: RECOVERY_ID, answer: "abandon" });

    expect(await lock()).toBeUndefined();
    expect(await status()).toMatchObject({ outcome: "Abandoned" });
    expect(await world.deps.recoveries.get(RECOVERY_ID, "abandoned")).toMatchObject({ by: "ann" });
  });

  test("keeps the outcome that it was stopped with, and twice is safe", async () => {
    world.executionStatus = "FAILED";
    await world.deps.recoveries.setStatus(RECOVERY_ID, new Date(), { outcome: "Stopped" });

    await giveUp();
    await giveUp();

    expect(await status()).toMatchObject({ outcome: "Stopped" });
    expect(await lock()).toBeUndefined();
  });

  test("is refused while it runs", async () => {
    await expect(giveUp()).rejects.toMatchObject({
      name: "InvalidAnswer",
      message: expect.stringContaining("is running"),
    });

    expect(await lock()).toMatchObject({ recoveryId: RECOVERY_ID });
  });

  test("is refused while the table is frozen, and says how to lift", async () => {
    world.executionStatus = "FAILED";
    await world.deps.recoveries.put(RECOVERY_ID, "read-only", { state: "proven" });

    await expect(giveUp()).rejects.toMatchObject({
      name: "InvalidAnswer",
      message: expect.stringContaining("lift-read-only"),
    });

    expect(await lock()).toMatchObject({ recoveryId: RECOVERY_ID });
  });

  test("does not take the table from a recovery that came after it", async () => {
    world.executionStatus = "FAILED";
    await giveUp();
    await world.deps.recoveries.acquireLock("orders", {
      recoveryId: "later",
      executionArn: "arn",
      acquiredAt: world.at,
    });

    await giveUp();

    expect(await lock()).toMatchObject({ recoveryId: "later" });
  });
});
