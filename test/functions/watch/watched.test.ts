import { afterEach, beforeEach, expect, test } from "vitest";
import { entries, isYoung, unwatch, watchOver } from "../../../functions/watch/watched.ts";
import { BEGIN, RecoveryWorld } from "../evidence/recovery-world.ts";

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.start();
});
afterEach(() => world.close());

const at = new Date(BEGIN * 1000).toISOString();
const of = (recoveryId: string) => ({ recoveryId, executionArn: `arn:${recoveryId}` });
const lock = (recoveryId: string) => ({ ...of(recoveryId), acquiredAt: at });

test("the list has who is watched, and who holds a table without being on it", async () => {
  await watchOver(of("a-look"), world.deps);
  await watchOver(of("night-1"), world.deps);
  await world.deps.recoveries.acquireLock("orders", lock("night-1"));
  await world.deps.recoveries.acquireLock("customers", lock("of-before"));

  expect(await entries(world.deps)).toEqual([
    { ...of("a-look"), since: at },
    { ...of("night-1"), since: at, held: { table: "orders", lock: lock("night-1") } },
    { ...of("of-before"), since: at, held: { table: "customers", lock: lock("of-before") } },
  ]);
});

test("who is put on it twice is on it once, since the first time; who is taken out twice is out", async () => {
  await watchOver(of("night-1"), world.deps);
  world.passSeconds(60);
  await watchOver({ ...of("night-1"), executionArn: "arn:another" }, world.deps);
  expect(await entries(world.deps)).toEqual([{ ...of("night-1"), since: at }]);

  await unwatch("night-1", world.deps);
  await unwatch("night-1", world.deps);
  expect(await entries(world.deps)).toEqual([]);
});

test("an execution is young while a function that began it may be at work", () => {
  expect(isYoung(at, world.deps)).toBe(true);
  world.passSeconds(300);
  expect(isYoung(at, world.deps)).toBe(false);
});
