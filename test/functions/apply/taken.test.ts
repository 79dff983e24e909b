import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claim, giveBack, readTaken, settleUndone } from "../../../functions/apply/taken.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { StepsWorld } from "../support/steps-world.ts";

let world: StepsWorld;
let first: Recovery;
beforeEach(async () => {
  world = await StepsWorld.start();
  first = { ...(await world.recovery()), restoreDateTime: 1000, incidentEnd: 2000 };
});
afterEach(() => world.close());

const KEY = { pk: { S: "TENANT#a" }, sk: { N: "1" } };
const named = (recoveryId: string, change: Partial<Recovery> = {}): Recovery => ({ ...first, recoveryId, ...change });
const taken = (recovery: Recovery) => readTaken(recovery, KEY, ["points"], world.deps);
const claims = (recovery: Recovery, planHash = "p1", number = 1) =>
  claim(recovery, { planHash, number }, KEY, ["points"], world.deps);

describe("a difference that was taken", () => {
  test("is not taken by another plan of an incident that overlaps", async () => {
    expect(await claims(first)).toBe(true);

    expect(await taken(named("r-2", { restoreDateTime: 1999 }))).toEqual(["points"]);
    expect(await claims(named("r-2", { restoreDateTime: 1999 }))).toBe(false);
    expect(await claims(first, "another plan of the same recovery")).toBe(false);
  });

  test("may be claimed again by a rerun of the same plan", async () => {
    await claims(first);
    expect(await claims(first)).toBe(true);
  });

  test("leaves another incident, another item and another attribute alone", async () => {
    await claims(first);

    expect(await taken(named("r-2", { restoreDateTime: 2000, incidentEnd: 3000 }))).toEqual([]);
    expect(await readTaken(named("r-2"), { ...KEY, sk: { N: "2" } }, ["points"], world.deps)).toEqual([]);
    expect(await readTaken(named("r-2"), KEY, ["visits"], world.deps)).toEqual([]);
  });

  test("of an incident without an end reaches to the moment at which it was taken, and no further", async () => {
    const { incidentEnd: _unknown, ...endless } = first;
    await claims(endless);
    expect(await taken(named("r-2", { restoreDateTime: 9000, incidentEnd: 9001 }))).toEqual(["points"]);
    const later = Math.ceil(world.deps.now().getTime() / 1000) + 60;
    expect(await taken(named("r-2", { restoreDateTime: later, incidentEnd: later + 60 }))).toEqual([]);
  });

  test("is free again where the write surely had no effect", async () => {
    await claims(first);
    await giveBack(first, "p1", KEY, ["points"], world.deps);
    expect(await claims(named("r-2"))).toBe(true);
  });

  test("stays taken where another attempt has begun: the write of that one may have had its effect", async () => {
    await claims(first);
    await claims(first, "p1", 2);
    await giveBack(first, "p1", KEY, ["points"], world.deps);
    expect(await claims(named("r-2"))).toBe(false);
  });

  test("is free again after an undo, and taken again after the undo of that", async () => {
    await world.deps.recoveries.put("r-1", "recovery", named("r-1"));
    await world.deps.recoveries.put("r-1", "rules#0001", { rules: { attributes: { delta: ["points"] } } });
    await world.deps.recoveries.put("u-1", "recovery", named("u-1", { undoOf: "r-1" }));
    await claims(named("r-1"));

    await settleUndone(named("u-1", { undoOf: "r-1" }), KEY, world.deps);
    expect(await taken(named("r-3"))).toEqual([]);

    await settleUndone(named("u-2", { undoOf: "u-1" }), KEY, world.deps);
    expect(await taken(named("r-3"))).toEqual(["points"]);
  });

  test("is claimed by one of two that come at once", async () => {
    const both = await Promise.all([claims(named("r-1"), "p1"), claims(named("r-2"), "p2")]);
    expect(both.filter(Boolean)).toHaveLength(1);
  });
});
