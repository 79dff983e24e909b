import { expect, test } from "vitest";
import { none } from "../../../functions/evidence/none.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { RecoveryWorld } from "./recovery-world.ts";

test("no evidence is ready at once, knows of no item what it was, and leaves nothing to remove", async () => {
  const world = await RecoveryWorld.start();
  try {
    const recovery: Recovery = await world.recover({ evidence: "none" });
    const keys = [{ pk: { S: "a" }, sk: { N: "1" } }];
    const images: unknown[] = [];
    for await (const image of none.readImages?.(recovery, keys, world.deps) ?? []) images.push(image);

    expect(await none.start(recovery, world.deps)).toBe("ready");
    expect(images).toEqual([{ key: keys[0], before: null }]);
    expect(await none.remove(recovery, world.deps)).toBe(0);
  } finally {
    await world.close();
  }
});
