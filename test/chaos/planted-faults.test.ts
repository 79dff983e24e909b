/** The suite finds what it should: each planted fault is caught, by a seed that is named here so that it stays so. */
import { afterEach, expect, test } from "vitest";
import { PLANTED_FAULTS, planted } from "./planted.ts";
import { runSeed } from "./run.ts";
import { ChaosStage } from "./stage.ts";

/** Many more than it takes. */
const SEEDS = Array.from({ length: 40 }, (_, index) => 1 + index);

let chaos: ChaosStage | undefined;
afterEach(() => chaos?.close());

test.each(PLANTED_FAULTS)("$name: it is caught", async (fault) => {
  chaos = await ChaosStage.start(SEEDS, () => planted(fault));
  const caught: string[] = [];
  for (const seed of SEEDS) {
    if (caught.length > 0) break;
    const { broken } = await runSeed(chaos, seed);
    if (broken.length > 0) caught.push(`seed ${seed}: ${broken[0]}`);
  }
  console.info(`${fault.name}: caught by ${caught[0]}`);

  expect(caught).not.toEqual([]);
});
