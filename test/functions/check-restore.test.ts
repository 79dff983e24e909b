import { afterEach, beforeEach, expect, it } from "vitest";
import { checkRestore } from "../../functions/check-restore.ts";
import { startRestore } from "../../functions/start-restore.ts";
import { RecoveryWorld } from "./evidence/recovery-world.ts";

const step = { recoveryId: "r-1", table: "orders" };
let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.start();
  await world.createTable("orders", [["pk", "S"]], true);
  await world.recover();
  world.passSeconds(600);
});
afterEach(() => world.close());

it("sends a restore that nobody started back to StartRestore, and starts nothing itself", async () => {
  expect(await checkRestore(step, world.deps)).toEqual({ status: "not-started" });
  expect(await checkRestore(step, world.deps)).toEqual({ status: "not-started" });
});

it("answers running until the table is there, then ready", async () => {
  await startRestore(step, world.deps);
  expect(await checkRestore(step, world.deps)).toEqual({ status: "running" });

  world.passSeconds(61);
  await expect.poll(() => checkRestore(step, world.deps), { interval: 1 }).toEqual({ status: "ready" });
});
