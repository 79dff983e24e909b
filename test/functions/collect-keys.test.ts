import { afterEach, beforeEach, expect, it } from "vitest";
import { collectKeys } from "../../functions/collect-keys.ts";
import { SLICE_BUDGET } from "../../functions/key-sources/collect-slice.ts";
import type { Recovery } from "../../functions/runtime/recovery.ts";
import { RecoveryWorld } from "./evidence/recovery-world.ts";

const step = { recoveryId: "r-1", table: "orders" };
let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.start();
});
afterEach(() => world.close());

async function recoverFromCsv(text: string): Promise<Recovery> {
  world.s3.put("uploads/keys.csv", text);
  const recovery = await world.recover({ keySource: "s3" });
  return world.recover({
    ...recovery,
    request: { ...recovery.request, keysFrom: { s3: { key: "uploads/keys.csv" } } },
  });
}

it("takes a long list in slices, and says which comes next and how many keys there are so far", async () => {
  const rows = Array.from({ length: SLICE_BUDGET.keys + 10 }, (_, index) => `TENANT#a,${index}`);
  await recoverFromCsv(["pk,sk", ...rows].join("\n"));

  expect(await collectKeys({ ...step, slice: 0 }, world.deps)).toEqual({
    status: "running",
    slice: 1,
    keys: SLICE_BUDGET.keys,
  });
  expect(await collectKeys({ ...step, slice: 1 }, world.deps)).toEqual({
    status: "ready",
    slice: 1,
    keys: SLICE_BUDGET.keys + 10,
  });
});

it("refuses a list with one broken line, and keeps nothing of it", async () => {
  await recoverFromCsv("pk,sk\nTENANT#a,1\nTENANT#a,two\n");

  await expect(collectKeys({ ...step, slice: 0 }, world.deps)).rejects.toMatchObject({
    name: "InvalidKeys",
    message: expect.stringMatching(/^s3:\/\/bucket\/uploads\/keys\.csv, line 3: Key attribute sk is "two"; .*number/),
  });
  expect(world.s3.keys("recoveries/")).toEqual([]);
});
