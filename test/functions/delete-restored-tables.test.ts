import { afterEach, beforeEach, expect, it } from "vitest";
import { checkRestore } from "../../functions/check-restore.ts";
import { deleteRestoredTables } from "../../functions/delete-restored-tables.ts";
import { startRestore } from "../../functions/start-restore.ts";
import { RecoveryWorld } from "./evidence/recovery-world.ts";

const step = { recoveryId: "r-1", table: "orders" };
let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.start();
  await world.createTable("orders", [["pk", "S"]], true);
  await world.recover();
});
afterEach(() => world.close());

it("says how many tables it deleted, and finds none the second time", async () => {
  world.passSeconds(600);
  await startRestore(step, world.deps);
  world.passSeconds(61);
  await expect.poll(() => checkRestore(step, world.deps), { interval: 1 }).toEqual({ status: "ready" });

  expect(await deleteRestoredTables(step, world.deps)).toEqual({ deleted: 1 });
  expect(await deleteRestoredTables(step, world.deps)).toEqual({ deleted: 0 });
});

it("leaves the table of another recovery alone", async () => {
  await world.recover({ recoveryId: "r-2" });
  world.passSeconds(600);
  await startRestore({ ...step, recoveryId: "r-2" }, world.deps);
  world.passSeconds(61);
  const other = { ...step, recoveryId: "r-2" };
  await expect.poll(() => checkRestore(other, world.deps), { interval: 1 }).toEqual({ status: "ready" });

  expect(await deleteRestoredTables(step, world.deps)).toEqual({ deleted: 0 });
  expect(await checkRestore(other, world.deps)).toEqual({ status: "ready" });
});
