/** `npm run chaos`: many seeds, one line a run on standard output and in a file; what did not hold on standard error. */
import { appendFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSeed } from "./run.ts";
import { seedsFrom } from "./seeds.ts";
import { ChaosStage } from "./stage.ts";

/** Tables are restored whole: runs on one stage share a small one. */
const RUNS_A_STAGE = 50;

const seeds = seedsFrom(process.env, { first: 1, runs: 100 });
const folder = process.env.CHAOS_RESULTS ?? join(tmpdir(), "chaos-results");
mkdirSync(folder, { recursive: true });
const file = join(folder, `seeds-${seeds[0]}-${seeds.at(-1)}.jsonl`);

let broken = 0;
for (let start = 0; start < seeds.length; start += RUNS_A_STAGE) {
  const some = seeds.slice(start, start + RUNS_A_STAGE);
  const chaos = await ChaosStage.start(some);
  try {
    for (const seed of some) {
      const result = await runSeed(chaos, seed);
      const line = JSON.stringify(result);
      appendFileSync(file, `${line}\n`);
      console.log(line);
      if (result.broken.length === 0) continue;
      broken += 1;
      console.error(`Seed ${seed}: ${result.broken.join("; ")} (${result.faults.join(", ")})`);
    }
  } finally {
    await chaos.close();
  }
}
console.error(`${seeds.length} runs from seed ${seeds[0]}: ${broken} did not hold. ${file}`);
process.exitCode = broken === 0 ? 0 : 1;
