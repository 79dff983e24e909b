import { afterEach, beforeEach, expect, test } from "vitest";
import { tellOnce } from "../../../functions/watch/tell-once.ts";
import { named, RECOVERY_ID, StepsWorld } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

const tell = (what: string) => tellOnce(RECOVERY_ID, what, { subject: what, lines: ["a line"] }, world.deps);

test("what was told is not told again; something else is", async () => {
  expect([await tell("one"), await tell("one"), await tell("two")]).toEqual([true, false, true]);
  expect(world.told.map(({ subject }) => subject)).toEqual(["one", "two"]);
});

test("what could not be told is told the next time", async () => {
  world.publishError = named("InternalErrorException");
  await expect(tell("one")).rejects.toThrow("InternalErrorException");
  world.publishError = undefined;

  expect(await tell("one")).toBe(true);
});
