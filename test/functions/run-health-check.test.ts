import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { awaitDecision } from "../../functions/await-decision.ts";
import { type Health, runHealthCheck } from "../../functions/run-health-check.ts";
import { named, RECOVERY_ID, STEP, StepsWorld } from "./support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
  const { table } = await world.recovery();
  await world.changeRecovery({ table: { ...table, healthCheckFunctionArn: "arn:check" } });
});
afterEach(() => world.close());

const health = () => world.deps.recoveries.get<Health>(RECOVERY_ID, "health");

describe("the health check", () => {
  test("of a table that has none is passed, and said to be unchecked", async () => {
    const { healthCheckFunctionArn: _none, ...table } = (await world.recovery()).table;
    await world.changeRecovery({ table });

    expect(await runHealthCheck(STEP, world.deps)).toEqual({ healthy: true });
    expect(await health()).toMatchObject({ checked: false });
    expect(world.invoked).toEqual([]);
  });

  test.each([true, false])("answers %s, with its message", async (healthy) => {
    world.answerOf = () => ({ payload: { healthy, message: "orders per minute: 12" } });

    expect(await runHealthCheck(STEP, world.deps)).toEqual({ healthy });
    expect(await health()).toMatchObject({ checked: true, healthy, message: "orders per minute: 12", at: world.at });
    expect(world.invoked).toEqual([{ name: "arn:check", payload: STEP }]);
  });

  test.each([
    ["answers nonsense", { payload: "ok" }, "not { "],
    ["answers nothing", { payload: null }, "not { "],
    ["calls itself healthy in words", { payload: { healthy: "yes" } }, "not { "],
    ["fails", { FunctionError: "Unhandled", payload: { errorMessage: "boom" } }, "boom"],
  ])("that %s counts as not healthy", async (_what, answer, message) => {
    world.answerOf = () => answer;

    expect(await runHealthCheck(STEP, world.deps)).toEqual({ healthy: false });
    expect((await health())?.message).toContain(message);
  });

  test("that can't be called counts as not healthy: a redrive would find it no better", async () => {
    world.answerOf = () => {
      throw named("ResourceNotFoundException", "Function not found");
    };

    expect(await runHealthCheck(STEP, world.deps)).toEqual({ healthy: false });
    expect((await health())?.message).toContain("Function not found");
  });

  test("that is throttled is asked again by the machine", async () => {
    world.answerOf = () => {
      throw named("TooManyRequestsException");
    };

    await expect(runHealthCheck(STEP, world.deps)).rejects.toMatchObject({ name: "TooManyRequestsException" });
    expect(await health()).toBeUndefined();
  });

  test("with a long story is healthy all the same", async () => {
    world.answerOf = () => ({ payload: { healthy: true, message: "x".repeat(5000) } });

    expect(await runHealthCheck(STEP, world.deps)).toEqual({ healthy: true });
    expect((await health())?.message).toHaveLength(1000);
  });

  test("tells people what it said when they are asked about it", async () => {
    world.answerOf = () => ({ payload: { healthy: false, message: "orders per minute: 0" } });
    await runHealthCheck(STEP, world.deps);

    await awaitDecision({ ...STEP, about: "health", taskToken: "token" }, world.deps);

    expect(world.told[0]?.message).toContain("It says: orders per minute: 0");
  });
});
