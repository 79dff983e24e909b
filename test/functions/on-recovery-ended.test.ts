import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { answerRecovery } from "../../functions/answer-recovery.ts";
import { onRecoveryEnded } from "../../functions/on-recovery-ended.ts";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import type { Ended } from "../../functions/report/ended-message.ts";
import type { Lock } from "../../functions/runtime/recoveries.ts";
import { noteExecution } from "../../functions/runtime/resumed-as.ts";
import { MACHINE, named, RECOVERY_ID, StepsWorld, WRONG_TOTAL } from "./support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

const pauses: number[] = [];
beforeEach(() => {
  pauses.length = 0;
});

async function end(detail: object = {}) {
  const { startedAt, executionArn } = await world.recovery();
  return onRecoveryEnded(
    {
      detail: {
        startDate: Date.parse(startedAt),
        executionArn,
        redriveCount: 0,
        name: RECOVERY_ID,
        stateMachineArn: MACHINE,
        status: "FAILED",
        error: "ReadOnlyLost",
        cause: '{"errorType":"ReadOnlyLost","errorMessage":"guard table-policy is down","trace":["x"]}',
        ...detail,
      },
    },
    world.deps,
    async (milliseconds) => pauses.push(milliseconds),
  );
}

const frozen = (state: ReadOnlyRecord["state"] = "proven") =>
  world.deps.recoveries.put(RECOVERY_ID, "read-only", { state, thawed: [], guards: {} });
async function onFailureLift() {
  const { request } = await world.recovery();
  await world.changeRecovery({ request: { ...request, onFailure: "lift" } });
}
const told = () => world.told[0]?.message ?? "";

describe("what follows a failure", () => {
  test("is written down and told: what is frozen, restored and repaired, and the commands to go on", async () => {
    await frozen();
    await world.deps.recoveries.put(RECOVERY_ID, "evidence", {
      kind: "restore",
      tables: { before: { tableName: "backstitch-r-1-before" }, after: { tableName: "gone", deletedAt: "then" } },
    });

    const ended = await end();

    expect(ended).toEqual<Ended>({
      executionArn: (await world.recovery()).executionArn,
      redriveCount: 0,
      status: "FAILED",
      error: "ReadOnlyLost",
      at: world.at,
      frozen: true,
      lifted: false,
      lifts: false,
      notifiedAt: world.at,
      partsBegun: 0,
      restoredTables: ["backstitch-r-1-before"],
    });
    expect(await world.deps.recoveries.get(RECOVERY_ID, "ended")).toEqual(ended);
    expect(world.told[0]?.subject).toBe("Backstitch: orders IS STILL FROZEN; its recovery failed");
    expect(told()).toContain("ReadOnlyLost: guard table-policy is down\n");
    expect(told()).not.toContain("trace");
    expect(told()).toContain("Nothing was written to the table.");
    expect(told()).toContain("Restored tables are kept: backstitch-r-1-before.");
    expect(told()).toContain("aws stepfunctions redrive-execution --execution-arn");
    expect(told()).toContain("backstitch-lift-read-only");
    expect(world.invoked).toEqual([]);
  });

  test("is nothing to a recovery whose name a later execution has taken again", async () => {
    await frozen();
    await onFailureLift();
    const { startedAt } = await world.recovery();

    await end({ startDate: Date.parse(startedAt) + 91 * 24 * 3_600_000 });

    expect(world.told[0]?.subject).toContain("did not begin");
    expect(world.invoked).toEqual([]);
    expect(await world.deps.recoveries.get(RECOVERY_ID, "ended")).toBeUndefined();
  });

  test("says that repairs were begun", async () => {
    await world.happened([WRONG_TOTAL]);
    await world.repair(await world.approved());

    expect(await end()).toMatchObject({ partsBegun: 1 });
    expect(told()).toContain("Repairs of 1 part(s) were begun");
  });

  test("keeps the lock: a redrive goes on, and nobody else comes between", async () => {
    await end();

    expect((await world.deps.recoveries.get<Lock>("lock", "orders"))?.recoveryId).toBe(RECOVERY_ID);
  });

  test("names the part's own error where a map says only that a part failed, and else the cause itself", async () => {
    const lastError = { step: "ApplyPart", name: "LockLost", message: "nobody holds it", at: world.at };
    await world.deps.recoveries.setStatus(RECOVERY_ID, world.deps.now(), { lastError });

    await end({ error: "States.ExceedToleratedFailureThreshold", cause: "The specified tolerated failure" });
    expect(told()).toContain("ApplyPart: LockLost: nobody holds it");

    world.told.length = 0;
    await end({ redriveCount: 1 });
    expect(told()).not.toContain("LockLost");
    expect(told()).toContain("guard table-policy is down");
  });

  test.each([
    ["of an abort, which has no cause", { status: "ABORTED", error: null, cause: null }, "ended ABORTED.\nNo cause"],
    ["in words", { cause: "just words" }, "just words"],
  ])("tells a cause %s", async (_what, detail, text) => {
    await end(detail);

    expect(told()).toContain(text);
  });

  test("leaves the children of maps alone, which have events of their own", async () => {
    expect(await end({ stateMachineArn: `${MACHINE}/ApplyRepairs` })).toBeUndefined();
    expect(world.told).toEqual([]);
  });
});

describe("an end", () => {
  const RESUMED = { executionArn: "arn:execution:r-1-again", name: "r-1-again" };
  const resumedAs = async (executionArn: string) => {
    const before = await world.recovery();
    await noteExecution("r-1-again", RECOVERY_ID, world.deps);
    await world.changeRecovery({ executionArn, earlierExecutions: [before.executionArn], resumedAt: before.startedAt });
    return before.executionArn;
  };

  test("that is delivered twice is told once, and lifted once", async () => {
    await onFailureLift();
    await frozen();
    await end();
    await frozen("lifted");

    const again = await end();

    expect(again).toMatchObject({ lifted: true, frozen: false });
    expect(world.told).toHaveLength(1);
    expect(world.invoked).toHaveLength(1);
  });

  test("after a redrive is another one, and told anew", async () => {
    await end();
    await end({ redriveCount: 1, error: "LockLost" });

    expect(world.told).toHaveLength(2);
    expect(await world.deps.recoveries.get(RECOVERY_ID, "ended")).toMatchObject({ redriveCount: 1, error: "LockLost" });
  });

  test("after a redrive is told anew, also where the event does not count redrives", async () => {
    await end();
    [world.executionStatus, world.redriveCount] = ["FAILED", 1];
    await end({ redriveCount: undefined });

    expect(world.told).toHaveLength(2);
  });

  test("of before the redrive, delivered late, is left alone", async () => {
    await frozen();
    await end({ redriveCount: 1 });
    await onFailureLift();
    await end({ redriveCount: 0 });

    expect(world.told).toHaveLength(1);
    expect(world.invoked).toEqual([]);
  });

  test("that was told by nobody, since telling failed, is told by the second delivery", async () => {
    await onFailureLift();
    await frozen();
    world.publishError = named("InternalErrorException");
    await expect(end()).rejects.toThrow("InternalErrorException");
    await frozen("lifted");
    world.publishError = undefined;

    expect(await end()).toMatchObject({ lifted: true, notifiedAt: world.at });

    expect(told()).toContain('The freeze was lifted, since the request says "onFailure": "lift".');
    expect(world.invoked).toHaveLength(1);
  });

  test("whose lift was done when the function died is told as lifted by the second delivery", async () => {
    await onFailureLift();
    await frozen();
    world.answerOf = () => {
      vi.spyOn(world.deps.recoveries, "put").mockRejectedValueOnce(named("Killed"));
      return { payload: {} };
    };
    await expect(end()).rejects.toThrow("Killed");
    await frozen("lifted");

    expect(await end()).toMatchObject({ lifted: true, frozen: false });
    expect(told()).toContain("The freeze was lifted");
    expect(world.invoked).toHaveLength(1);
  });

  test("that was half dealt with before the lift is lifted by the second delivery", async () => {
    await onFailureLift();
    await frozen();
    world.answerOf = () => {
      throw named("Killed");
    };
    world.publishError = named("Killed");
    await expect(end()).rejects.toThrow("Killed");
    world.answerOf = () => ({ payload: {} });
    world.publishError = undefined;

    expect(await end()).toMatchObject({ lifted: true, frozen: false });
    expect(world.told).toHaveLength(1);
  });

  test("of an execution that somebody has redriven before we heard of it is told, and lifts nothing", async () => {
    await onFailureLift();
    await frozen();
    world.redriveCount = 1;

    expect(await end()).toMatchObject({ goesOn: true, lifted: false, frozen: true });

    expect(world.invoked).toEqual([]);
    expect(world.told[0]?.subject).toContain("failed and was redriven");
    expect(told()).not.toContain("redrive-execution");
    expect(await world.deps.recoveries.get(RECOVERY_ID, "status")).toBeUndefined();
  });

  test("of an execution that has succeeded since, or that was given up since, is nobody's concern", async () => {
    await onFailureLift();
    await frozen();
    world.executionStatus = "SUCCEEDED";
    expect(await end()).toBeUndefined();
    world.executionStatus = "FAILED";
    await world.deps.recoveries.put(RECOVERY_ID, "abandoned", { by: "ann", at: world.at });
    expect(await end()).toBeUndefined();

    expect([world.told, world.invoked]).toEqual([[], []]);
  });

  test("before the last one, of an execution that has ended again, is left to the last one's event", async () => {
    [world.executionStatus, world.redriveCount] = ["FAILED", 2];

    expect(await end({ redriveCount: 1 })).toBeUndefined();
    expect(world.told).toEqual([]);
  });

  test("of the execution that resumed the recovery is the recovery's", async () => {
    await resumedAs(RESUMED.executionArn);

    await end(RESUMED);

    expect(world.told[0]?.subject).toContain("its recovery failed");
    expect(told()).toContain("Recovery r-1 of table orders ended FAILED");
  });

  test("of an execution that was superseded is left alone", async () => {
    const executionArn = await resumedAs(RESUMED.executionArn);
    await onFailureLift();
    await frozen();

    expect(await end({ executionArn })).toBeUndefined();
    expect([world.told, world.invoked]).toEqual([[], []]);
  });
});

describe("a recovery that did not begin", () => {
  test("is told with its cause, and nothing is written", async () => {
    await end({ name: "unknown", error: "InvalidRequest" });

    expect(world.told[0]?.subject).toBe("Backstitch: unknown did not begin");
    expect(told()).not.toContain("redrive");
    expect(await world.deps.recoveries.get("unknown", "ended")).toBeUndefined();
  });

  test("but holds its table is told how to give it back", async () => {
    await world.deps.recoveries.acquireLock("customers", { recoveryId: "half", executionArn: "a", acquiredAt: "t" });

    await end({ name: "half", input: '{"table":"customers"}' });

    expect(told()).toContain("It holds table customers");
    expect(told()).toContain("redrive-execution");
  });
});

describe('with "onFailure": "lift"', () => {
  beforeEach(() => onFailureLift());

  test("the freeze is lifted by the step that can, and people are told how to freeze again", async () => {
    await frozen();

    expect(await end()).toMatchObject({ frozen: false, lifted: true });

    expect(world.invoked).toEqual([
      { name: "backstitch-lift-read-only", payload: { recoveryId: RECOVERY_ID, table: "orders" } },
    ]);
    expect(world.told[0]?.subject).toContain("orders is not frozen");
    expect(told()).toContain("The freeze was lifted");
    expect(told()).toContain("backstitch-activate-read-only");
  });

  test.each(["off", "lifted", "lifted-continue"] as const)("nothing is lifted where it is %s", async (state) => {
    await frozen(state);

    expect(await end()).toMatchObject({ frozen: false, lifted: false });
    expect(world.invoked).toEqual([]);
  });

  test("a lift that is not possible yet is tried again, as the machine would", async () => {
    await frozen();
    let tries = 0;
    world.answerOf = () =>
      ++tries < 3
        ? { FunctionError: "Unhandled", payload: { errorType: "TransientFailure", errorMessage: "in 15 s" } }
        : { payload: {} };

    expect(await end()).toMatchObject({ frozen: false, lifted: true });
    expect(pauses).toEqual([20_000, 20_000]);
  });

  test.each([
    ["fails", () => ({ FunctionError: "Unhandled", payload: { errorType: "GuardFailed", errorMessage: "no flag" } })],
    [
      "can't be called",
      () => {
        throw named("AccessDeniedException", "no flag");
      },
    ],
  ])("people hear that the table is frozen when the lift %s", async (_what, answerOf) => {
    await frozen();
    world.answerOf = answerOf;

    expect(await end()).toMatchObject({ frozen: true, lifted: false, notLifted: expect.stringContaining("no flag") });
    expect(world.told[0]?.subject).toContain("IS STILL FROZEN");
    expect(told()).toContain("could not be lifted");
    expect(pauses).toEqual([]);
  });

  test("what a person stopped stays as that person left it", async () => {
    await frozen();
    await world.deps.recoveries.setStatus(RECOVERY_ID, world.deps.now(), { outcome: "Stopped" });

    expect(await end({ error: "RecoveryStopped" })).toMatchObject({ frozen: true, lifted: false });

    expect(world.invoked).toEqual([]);
    expect(world.told[0]?.subject).toContain("was stopped");
    expect(told()).not.toContain("redrive");
    await expect(
      answerRecovery({ recoveryId: RECOVERY_ID, answer: "continue", by: "ann" }, world.deps),
    ).rejects.toMatchObject({ name: "InvalidAnswer" });
  });
});
