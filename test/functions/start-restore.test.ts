import { afterEach, beforeEach, expect, it } from "vitest";
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

it("answers not-started while it is too early, and running once the restore is begun", async () => {
  world.passSeconds(599);
  expect(await startRestore(step, world.deps)).toEqual({ status: "not-started" });

  world.passSeconds(1);
  expect(await startRestore(step, world.deps)).toEqual({ status: "running" });
  expect(await startRestore(step, world.deps)).toEqual({ status: "running" });
});

it("does not know a recovery that Preflight did not record", async () => {
  await expect(startRestore({ ...step, recoveryId: "other" }, world.deps)).rejects.toMatchObject({
    name: "UnknownRecovery",
  });
});
