import { TagResourceCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import type { Ended } from "../../functions/report/ended-message.ts";
import type { Recovery, RecoveryStatus } from "../../functions/runtime/recovery.ts";
import { type Swept, sweep } from "../../functions/sweep.ts";
import { entries, watchOver } from "../../functions/watch/watched.ts";
import { named, RECOVERY_ID, StepsWorld } from "./support/steps-world.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
  await watchOver(await world.recovery(), world.deps);
  await world.deps.recoveries.setStatus(RECOVERY_ID, world.deps.now(), { state: "started", table: "orders" });
});
afterEach(() => world.close());

const run = (): Promise<Swept> => sweep({}, world.deps, async () => undefined);
const pass = (milliseconds: number) => {
  world.pocket.nowMs += milliseconds;
};
const at = () => new Date(world.pocket.nowMs);
const subjects = () => world.told.map(({ subject }) => subject);
const told = () => world.told.at(-1)?.message ?? "";
const watched = async () => (await entries(world.deps)).map(({ recoveryId }) => recoveryId);
const put = (record: string, document: unknown, recoveryId = RECOVERY_ID) =>
  world.deps.recoveries.put(recoveryId, record, document);
const status = (change: Partial<RecoveryStatus>) => world.deps.recoveries.setStatus(RECOVERY_ID, at(), change);
const freeLock = () => world.deps.recoveries.releaseLock("orders", RECOVERY_ID);

function freeze(state: ReadOnlyRecord["state"] = "proven") {
  return put("read-only", {
    state,
    since: at().toISOString(),
    frozenFrom: at().toISOString(),
    thawed: [],
    guards: {},
    doesNotCover: [],
    notes: [],
    visits: 1,
  } satisfies ReadOnlyRecord);
}
function fails(redriveCount = 0) {
  [world.executionStatus, world.redriveCount, world.stopDate] = ["FAILED", redriveCount, at()];
}
function succeeds() {
  [world.executionStatus, world.stopDate] = ["SUCCEEDED", at()];
}
async function withRequest(change: Partial<Recovery["request"]>) {
  await world.changeRecovery({ request: { ...(await world.recovery()).request, ...change } });
}

test("leaves a recovery that runs alone", async () => {
  await freeze();
  pass(10 * MINUTE);

  expect(await run()).toEqual({
    ...{ looked: 1, endsTold: 0, pages: 0, locksTold: 0, locksReleased: 0, tablesDeleted: 0, unwatched: 0 },
  });
  expect(world.told).toEqual([]);
});

describe("an end that no event told", () => {
  test("is told once, after the event has had its time", async () => {
    await freeze();
    fails();
    pass(4 * MINUTE);
    expect(await run()).toMatchObject({ endsTold: 0 });

    pass(MINUTE);
    expect(await run()).toMatchObject({ endsTold: 1 });
    pass(5 * MINUTE);
    expect(await run()).toMatchObject({ endsTold: 0 });

    expect(subjects()).toEqual(["Backstitch: orders IS STILL FROZEN; its recovery failed"]);
    expect(await world.deps.recoveries.get<Ended>(RECOVERY_ID, "ended")).toMatchObject({
      frozen: true,
      redriveCount: 0,
    });
  });

  test("lifts the freeze where the request says so", async () => {
    await withRequest({ onFailure: "lift" });
    await freeze();
    fails();
    pass(5 * MINUTE);

    await run();

    expect(world.invoked).toEqual([
      { name: "backstitch-lift-read-only", payload: { recoveryId: RECOVERY_ID, table: "orders" } },
    ]);
    expect(told()).toContain("The freeze was lifted");
  });

  test("of a redrive is told, though the end before it was told", async () => {
    fails();
    pass(5 * MINUTE);
    await run();
    fails(1);
    pass(5 * MINUTE);

    expect(await run()).toMatchObject({ endsTold: 1 });
  });

  test("of an execution that Step Functions has forgotten is told with the way to resume it", async () => {
    await freeze();
    world.executionStatus = undefined;
    pass(MINUTE);
    expect(await run()).toMatchObject({ endsTold: 0 });
    pass(91 * DAY);

    expect(await run()).toMatchObject({ endsTold: 1, locksTold: 0 });
    expect(await run()).toMatchObject({ endsTold: 0, locksTold: 0 });
    expect(world.told[0]?.message).toContain("Step Functions has forgotten its execution");
    expect(world.told[0]?.message).toContain('{"resume":"r-1"}');
    expect(world.told[0]?.message).not.toContain("redrive-execution");
  });

  test("that was told is not told again when Step Functions forgets the execution; its lock then is", async () => {
    fails();
    pass(5 * MINUTE);
    await run();
    world.executionStatus = undefined;
    pass(91 * DAY);

    expect(await run()).toMatchObject({ endsTold: 0, locksTold: 1 });
  });

  test("is not told of a recovery that was given up", async () => {
    fails();
    await put("abandoned", { by: "ann", at: world.at });
    pass(5 * MINUTE);

    expect(await run()).toMatchObject({ endsTold: 0 });
  });
});

describe("a table that is frozen", () => {
  test("for an hour is told, and again every 15 minutes while nothing moves", async () => {
    await freeze();
    pass(59 * MINUTE);
    expect(await run()).toMatchObject({ pages: 0 });
    pass(MINUTE);
    expect(await run()).toMatchObject({ pages: 1 });
    for (const pages of [0, 0, 1, 0, 0, 1]) {
      pass(5 * MINUTE);
      expect(await run()).toMatchObject({ pages });
    }
    expect(subjects()[0]).toBe("Backstitch: orders IS FROZEN since 2026-11-20T02:00Z");
    expect(world.told[0]?.message).toContain("for 60 minutes");
    expect(world.told[0]?.message).toContain('It is running: "started"');
    expect(world.told[0]?.message).toContain("refused meanwhile is not known");
    expect(world.told[0]?.message).toContain("backstitch-lift-read-only");
  });

  test("is told once while the recovery moves: by its status, or by the parts of a long repair", async () => {
    await freeze();
    pass(60 * MINUTE);
    await run();
    pass(10 * MINUTE);
    await status({ state: "repairing the trial items" });
    pass(10 * MINUTE);
    expect(await run()).toMatchObject({ pages: 0 });
    await put("attempt#hash#00001", { begun: [at().toISOString()], ended: [] });
    pass(10 * MINUTE);
    expect(await run()).toMatchObject({ pages: 0 });
    pass(5 * MINUTE);
    expect(await run()).toMatchObject({ pages: 1 });
  });

  test("while it waits for a person is told with what is asked and the answers to it", async () => {
    await freeze();
    pass(60 * MINUTE);
    await put("waiting", { for: "approval", taskToken: "t", askedAt: world.at, round: 1, planHash: "hash-1" });
    await status({ state: "waiting for approval" });
    await run();
    expect(told()).toContain(`It waits for the approval of plan 1 since ${world.at}: nobody has answered.`);
    expect(told()).toContain('"planHash":"hash-1"');

    await put("approval#0001", { answer: "approve" });
    pass(15 * MINUTE);
    await run();
    expect(told()).toContain("It is running");

    await put("waiting", { for: "decision", about: "health", taskToken: "u", askedAt: world.at });
    await status({ state: "waiting for a decision about the health" });
    pass(15 * MINUTE);
    await run();
    expect(told()).toContain("It waits for a decision about the health");
    expect(told()).toContain('"answer":"continue"');
  });

  test("while it waits for a person is told again, whatever is written meanwhile", async () => {
    await freeze();
    await put("waiting", { for: "approval", taskToken: "t", askedAt: world.at, round: 1, planHash: "hash-1" });
    pass(60 * MINUTE);
    await status({ state: "waiting for approval" });
    await run();
    pass(10 * MINUTE);
    await status({ state: "waiting for approval" });
    pass(5 * MINUTE);

    expect(await run()).toMatchObject({ pages: 1 });
  });

  test("after a failure is told with the redrive, and with the way to resume what can't be redriven any more", async () => {
    await freeze();
    fails();
    pass(60 * MINUTE);
    await run();
    expect(subjects()).toHaveLength(2);
    expect(told()).toContain("Its execution ended FAILED");
    expect(told()).toContain("redrive-execution");

    pass(14 * DAY);
    await run();
    expect(told()).not.toContain("redrive-execution");
    expect(told()).toContain('{"resume":"r-1"}');
  });

  test.each(["lifted", "lifted-continue", "off"] as const)("no more (%s) is not told any more", async (state) => {
    await freeze();
    pass(60 * MINUTE);
    await run();
    await freeze(state);
    pass(60 * MINUTE);

    expect(await run()).toMatchObject({ pages: 0 });
  });

  test("anew is another freeze, with an hour of its own", async () => {
    await freeze();
    pass(60 * MINUTE);
    await run();
    await freeze();
    pass(30 * MINUTE);
    expect(await run()).toMatchObject({ pages: 0 });
    pass(30 * MINUTE);
    expect(await run()).toMatchObject({ pages: 1 });
  });

  test("is told after as long as the configuration says", async () => {
    await freeze();
    pass(10 * MINUTE);
    const environment = { ...world.deps.environment, FROZEN_TOO_LONG_MINUTES: 10 };

    expect(await sweep({}, { ...world.deps, environment })).toMatchObject({ pages: 1 });
    // Frozen anew: when the earlier freeze was told says nothing about this one.
    await freeze();
    pass(10 * MINUTE);
    expect(await sweep({}, { ...world.deps, environment })).toMatchObject({ pages: 1 });
  });
});

describe("a lock", () => {
  test("of an execution that ended well is told once, with the way to give it up, and stays", async () => {
    await status({ outcome: "Rejected" });
    succeeds();

    expect(await run()).toMatchObject({ locksTold: 1 });
    expect(await run()).toMatchObject({ locksTold: 0 });
    expect(subjects()).toEqual(["Backstitch: orders is held by a recovery that is over"]);
    expect(told()).toContain('"answer":"abandon"');
    expect(told()).not.toContain("lift-read-only");
    await world.deps.recoveries.assertLock("orders", RECOVERY_ID);
  });

  test("of one that froze is told with the lift that comes first", async () => {
    await freeze();
    succeeds();
    await run();

    expect(told().indexOf("lift-read-only")).toBeGreaterThan(0);
    expect(told().indexOf("lift-read-only")).toBeLessThan(told().indexOf("abandon"));
  });

  test("of a failed one is its redrive's", async () => {
    fails();
    pass(DAY);

    expect(await run()).toMatchObject({ locksTold: 0, locksReleased: 0 });
    await world.deps.recoveries.assertLock("orders", RECOVERY_ID);
  });

  const heldByNobody = async () =>
    world.deps.recoveries.acquireLock("customers", {
      recoveryId: "half",
      executionArn: "arn:execution:half",
      acquiredAt: world.at,
    });

  test.each(["FAILED", "ABORTED", undefined])("of one that ended (%s) before it began is given back", async (ended) => {
    await heldByNobody();
    world.executionStatus = ended;
    pass(4 * MINUTE);
    expect(await run()).toMatchObject({ locksReleased: 0 });
    pass(MINUTE);

    expect(await run()).toMatchObject({ locksReleased: 1 });
    await world.deps.recoveries.assertNotLocked("customers", "another");
    expect(subjects()).toContain("Backstitch: customers was given back");
  });

  test("of one that began while we looked is its own", async () => {
    await heldByNobody();
    await put("recovery", { ...(await world.recovery()), recoveryId: "half" }, "half");
    world.executionStatus = "FAILED";
    pass(5 * MINUTE);
    const { get } = world.deps.recoveries;
    let looks = 0;
    vi.spyOn(world.deps.recoveries, "get").mockImplementation(async (id, name) => {
      const isFirstLook = id === "half" && name === "recovery" && ++looks === 1;
      return isFirstLook ? undefined : get.call(world.deps.recoveries, id, name);
    });

    expect(await run()).toMatchObject({ locksReleased: 0 });
    await world.deps.recoveries.assertLock("customers", "half");
  });

  test("of one that runs, or that froze something, is not", async () => {
    await heldByNobody();
    pass(DAY);
    expect(await run()).toMatchObject({ locksReleased: 0 });
    world.executionStatus = undefined;
    await put("read-only", { state: "raising", thawed: [], guards: {} }, "half");

    expect(await run()).toMatchObject({ locksReleased: 0 });
    await world.deps.recoveries.assertLock("customers", "half");
  });
});

describe("restored tables", () => {
  const evidence = (changes: object = {}) =>
    put("evidence", {
      kind: "restore",
      tables: {
        before: { tableName: "backstitch-r-1-before", restoreDateTime: world.at, requestedAt: world.at, ...changes },
        after: { tableName: "backstitch-r-1-after", restoreDateTime: world.at, requestedAt: world.at, ...changes },
      },
    });
  const deleting = { name: "backstitch-delete-restored-tables", payload: { recoveryId: RECOVERY_ID, table: "orders" } };
  const borrowedBy = async (recoveryId: string) => {
    const borrower = { ...(await world.recovery()), recoveryId, evidenceFrom: RECOVERY_ID, executionArn: "arn:b" };
    await put("recovery", borrower, recoveryId);
    await watchOver(borrower, world.deps);
  };
  beforeEach(async () => {
    await evidence();
    await freeLock();
    fails();
    world.answerOf = () => ({ payload: { deleted: 2 } });
  });

  test("of a recovery that was given up are deleted, by the step that may", async () => {
    await put("abandoned", { by: "ann", at: world.at });

    expect(await run()).toMatchObject({ tablesDeleted: 2 });
    expect(world.invoked).toEqual([deleting]);
  });

  test.each([
    ["Recovered", true],
    ["NothingToRepair", true],
    ["Planned", false],
    ["Rejected", false],
    ["Stopped", false],
  ])("of one that ended %s are deleted at once: %s", async (outcome, isDeleted) => {
    await status({ outcome });
    succeeds();
    await run();

    expect(world.invoked).toEqual(isDeleted ? [deleting] : []);
  });

  test("are deleted once they have expired: 14 days after they were asked for, where no tag says otherwise", async () => {
    pass(14 * DAY - MINUTE);
    await run();
    expect(world.invoked).toEqual([]);
    pass(MINUTE);
    await run();
    expect(world.invoked).toEqual([deleting]);
  });

  test("that are not all over yet stay together", async () => {
    await world.client.send(
      new TagResourceCommand({
        ResourceArn: (await world.pocket.describe("backstitch-r-1-after"))?.TableArn,
        Tags: [{ Key: "backstitch:expires", Value: new Date(world.pocket.nowMs + 30 * DAY).toISOString() }],
      }),
    );
    pass(20 * DAY);
    await run();

    expect(world.invoked).toEqual([]);
  });

  test("are kept for as long as their tag says, which a person may change", async () => {
    for (const role of ["before", "after"])
      await world.client.send(
        new TagResourceCommand({
          ResourceArn: (await world.pocket.describe(`backstitch-r-1-${role}`))?.TableArn,
          Tags: [{ Key: "backstitch:expires", Value: new Date(world.pocket.nowMs + 30 * DAY).toISOString() }],
        }),
      );
    pass(29 * DAY);
    await run();
    expect(world.invoked).toEqual([]);
    pass(DAY);
    await run();
    expect(world.invoked).toEqual([deleting]);
  });

  test("of one that runs stay", async () => {
    world.executionStatus = "RUNNING";
    pass(20 * DAY);
    await run();

    expect(world.invoked).toEqual([]);
  });

  test("that another recovery reads stay until that one is over", async () => {
    await put("abandoned", { by: "ann", at: world.at });
    await borrowedBy("later");
    await run();
    expect(world.invoked).toEqual([]);

    await world.deps.recoveries.setStatus("later", at(), { outcome: "Stopped" });
    await run();
    expect(world.invoked).toEqual([]);

    await world.deps.recoveries.setStatus("later", at(), { outcome: "Recovered" });
    await run();
    expect(world.invoked).toEqual([deleting]);
  });

  test("that can't be deleted are a trouble of the sweep's, which does the rest all the same", async () => {
    await put("abandoned", { by: "ann", at: world.at });
    world.answerOf = () => ({ FunctionError: "Unhandled", payload: { errorType: "Denied", errorMessage: "no" } });
    await world.deps.recoveries.acquireLock("customers", {
      ...{ recoveryId: "z-half", executionArn: "arn:execution:half", acquiredAt: world.at },
    });
    pass(5 * MINUTE);

    await expect(run()).rejects.toThrow(/1 of 2 recoveries: r-1: LeftoversNotDeleted: .*Denied: no/);
    expect(subjects()).toContain("Backstitch: customers was given back");
  });
});

describe("the list", () => {
  test("loses a recovery once nothing of it is left", async () => {
    await status({ outcome: "Recovered" });
    succeeds();
    await run();
    expect(await watched()).toEqual([RECOVERY_ID]);

    await freeLock();
    expect(await run()).toMatchObject({ unwatched: 1 });
    expect(await watched()).toEqual([]);
    expect(await run()).toMatchObject({ looked: 0 });
  });

  test("keeps one that is frozen, one that may be redriven, and one whose end nobody was told", async () => {
    await freeLock();
    await freeze();
    succeeds();
    await status({ outcome: "Rejected" });
    await run();
    expect(await watched()).toEqual([RECOVERY_ID]);

    await freeze("lifted");
    await status({ outcome: undefined });
    fails();
    await run();
    expect(world.told).toEqual([]);
    expect(await watched()).toEqual([RECOVERY_ID]);
    pass(14 * DAY);
    await run();
    expect(await watched()).toEqual([RECOVERY_ID]);
    pass(2 * DAY);
    await run();
    expect(await watched()).toEqual([]);
  });

  test("keeps one that was stopped until somebody was told that it ended", async () => {
    await freeLock();
    await status({ outcome: "Stopped" });
    fails();
    await run();
    expect(await watched()).toEqual([RECOVERY_ID]);
    pass(5 * MINUTE);

    expect(await run()).toMatchObject({ endsTold: 1, unwatched: 1 });
  });

  test("loses one that ended before it began", async () => {
    await watchOver({ recoveryId: "refused", executionArn: "arn:execution:refused" }, world.deps);
    fails();
    await run();
    expect(await watched()).toContain("refused");
    pass(5 * MINUTE);
    await run();

    expect(await watched()).not.toContain("refused");
  });
});

test("one recovery's trouble is told, and does not keep the sweep from the others", async () => {
  await world.deps.recoveries.acquireLock("customers", {
    ...{ recoveryId: "a-half", executionArn: "arn:execution:half", acquiredAt: world.at },
  });
  await freeze();
  fails();
  pass(5 * MINUTE);
  world.publishError = named("InternalErrorException", "topic is down");

  await expect(run()).rejects.toMatchObject({
    name: "SweepIncomplete",
    message: expect.stringMatching(/2 of 2 recoveries: .*topic is down/),
  });
  world.publishError = undefined;
  expect(await run()).toMatchObject({ endsTold: 1, locksReleased: 1 });
});
