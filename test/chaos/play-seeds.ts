/** Seeded runs in which much goes wrong at once; `CHAOS_SEED=123 npm run chaos` plays one of them again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { runSeed } from "./run.ts";
import { ChaosStage } from "./stage.ts";

/** One test a seed, on one stage. */
export function playSeeds(first: number, runs: number): void {
  const seeds = Array.from({ length: runs }, (_, index) => first + index);
  let chaos: ChaosStage | undefined;

  beforeAll(async () => {
    chaos = await ChaosStage.start(seeds);
  });

  afterAll(() => chaos?.close());

  test.each(seeds)("seed %i loses no good write, leaves no damage unlisted and no guard up", async (seed) => {
    if (!chaos) throw new Error("There is no stage.");
    const { broken, faults } = await runSeed(chaos, seed);

    expect({ seed, faults, broken }).toEqual({ seed, faults, broken: [] });
  });
}
