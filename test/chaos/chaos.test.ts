/** Seeded runs in which much goes wrong at once; `CHAOS_FIRST_SEED=123 CHAOS_RUNS=1 npm run chaos` plays one of them again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { runSeed } from "./run.ts";
import { ChaosStage } from "./stage.ts";

const FIRST = Number(process.env.CHAOS_FIRST_SEED ?? 1);
const RUNS = Number(process.env.CHAOS_RUNS ?? 150);

let chaos: ChaosStage;

beforeAll(async () => {
  chaos = await ChaosStage.start(RUNS);
});

afterAll(() => chaos?.close());

test.each(Array.from({ length: RUNS }, (_, index) => FIRST + index))(
  "seed %i loses no good write, leaves no damage unlisted and no guard up",
  async (seed) => {
    const { broken, faults } = await runSeed(chaos, seed);

    expect({ seed, faults, broken }).toEqual({ seed, faults, broken: [] });
  },
);
