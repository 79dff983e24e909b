import { afterEach, beforeEach, expect, it } from "vitest";
import { collectKeys } from "../../functions/collect-keys.ts";
import { listParts } from "../../functions/list-parts.ts";
import { RecoveryWorld } from "./evidence/recovery-world.ts";

const step = { recoveryId: "r-1", table: "orders" };
let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.start();
});
afterEach(() => world.close());

it("writes a manifest that a map can read: a JSON array with one object a part", async () => {
  world.s3.put("uploads/keys.csv", ["pk,sk", ...Array.from({ length: 501 }, (_, index) => `a,${index}`)].join("\n"));
  const recovery = await world.recover({ keySource: "s3" });
  await world.recover({
    ...recovery,
    request: { ...recovery.request, keysFrom: { s3: { key: "uploads/keys.csv" } } },
  });
  await collectKeys({ ...step, slice: 0 }, world.deps);

  const { manifest, ...counts } = await listParts(step, world.deps);

  expect(counts).toEqual({ parts: 2, keys: 501 });
  expect(manifest.bucket).toBe("bucket");
  expect(JSON.parse(world.s3.text(manifest.key))).toEqual([{ part: "00001" }, { part: "00002" }]);
});
