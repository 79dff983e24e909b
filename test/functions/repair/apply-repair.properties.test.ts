import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REAL_CORE } from "./support/core.ts";
import { checkInterleaving, FAULTS, OTHER_WRITES, SCENES, type Step, schedule } from "./support/interleavings.ts";
import { CASES } from "./support/runs.ts";

const STEPS: readonly Step[] = OTHER_WRITES.flatMap((other) => Object.keys(FAULTS).map((fault) => ({ other, fault })));

describe("two writers on one item, lost requests, lost answers and crashes", () => {
  it.each(SCENES.map((scene) => [scene.title, scene] as const))(
    "%s: every interleaving of the first two requests keeps every good write and converges",
    async (_, scene) => {
      let count = 0;

      for (const first of STEPS) {
        for (const second of STEPS) {
          await checkInterleaving(REAL_CORE, scene, [first, second]);
          count += 1;
        }
      }

      expect(count).toBe(28 * 28);
    },
  );

  it("any longer course does so too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...SCENES), schedule, (scene, steps) =>
        checkInterleaving(REAL_CORE, scene, steps),
      ),
      { numRuns: CASES },
    );
  }, 120_000);
});
