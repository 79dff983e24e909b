/** The suite finds what it should: each planted fault is caught, and the seed that catches it is told. */
import { afterEach, expect, test } from "vitest";
import { PLANTED_FAULTS, planted } from "./planted.ts";
import { runSeed } from "./run.ts";
import { ChaosStage } from "./stage.ts";

/** Many more than it takes. */
const SEEDS = Array.from({ length: 40 }, (_, index) => 1 + index);

let chaos: ChaosStage | undefined;
afterEach(async () => {
  await chaos?.close();
  chaos = undefined;
});

test.each(PLANTED_FAULTS)("$name: it is caught", { timeout: 600_000 }, async (fault) => {
  chaos = await ChaosStage.start(SEEDS, () => planted(fault));
  let seen: string | undefined;
  let inTheEnd: string | undefined;
  for (const seed of SEEDS) {
    const { broken, wrongInTheEnd } = await runSeed(chaos, seed);
    seen ??= broken[0] && `seed ${seed}: ${broken[0]}`;
    inTheEnd ??= wrongInTheEnd[0] && `seed ${seed}: ${wrongInTheEnd[0]}`;
    if (fault.showsInTheEnd ? inTheEnd : seen) break;
  }
  console.info(`${fault.name}: caught by ${seen}${inTheEnd ? `; in the end by ${inTheEnd}` : ""}`);

  expect(seen).toBeDefined();
  if (fault.showsInTheEnd) expect(inTheEnd).toBeDefined();
});
