import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerRecovery } from "../../../functions/answer-recovery.ts";
import { beginAttempt } from "../../../functions/apply/outcomes.ts";
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

    expect(await giveUp()).toMatchObject({ recoveryId: RECOVERY_ID, answer: "abandon" });

    expect(await lock()).toBeUndefined();
    expect(await status()).toMatchObject({ outcome: "Abandoned" });
    expect(await world.deps.recoveries.get(RECOVERY_ID, "abandoned")).toMatchObject({ by: "ann" });
  });

  test("says what stays as it is: what it wrote, and what it restored", async () => {
    world.executionStatus = "FAILED";
    expect((await giveUp()).stays).toEqual([
      'Nothing was written to table "orders".',
      "The table is free for another recovery, and nothing of this one freezes it.",
    ]);

    await beginAttempt({ recoveryId: RECOVERY_ID, planHash: "h", part: "00001-0" }, world.deps);
    const tables = {
      before: { tableName: "backstitch-r-1-before" },
      after: { tableName: "gone", deletedAt: world.at },
    };
    await world.deps.recoveries.put(RECOVERY_ID, "evidence", { kind: "restore", tables });

    const [written, , restored] = (await giveUp()).stays ?? [];
    expect(written).toContain('1 part(s) were begun. To take that back start with { "undo": "r-1" }');
    expect(restored).toContain("stay until they expire: backstitch-r-1-before;");
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
