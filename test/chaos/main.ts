/** `npm run chaos`: many seeds, one line a run on standard output; what did not hold on standard error. */
import { runSeed } from "./run.ts";
import { ChaosStage } from "./stage.ts";

const FIRST = Number(process.env.CHAOS_FIRST_SEED ?? 1);
const RUNS = Number(process.env.CHAOS_RUNS ?? 100);
/** Tables are restored whole: runs on one stage share a small one. */
const RUNS_A_STAGE = 50;

let broken = 0;
for (let start = 0; start < RUNS; start += RUNS_A_STAGE) {
  const runs = Math.min(RUNS_A_STAGE, RUNS - start);
  const chaos = await ChaosStage.start(runs);
  try {
    for (let index = 0; index < runs; index += 1) {
      const result = await runSeed(chaos, FIRST + start + index);
      console.log(JSON.stringify(result));
      if (result.broken.length === 0) continue;
      broken += 1;
      console.error(`Seed ${result.seed}: ${result.broken.join("; ")} (${result.faults.join(", ")})`);
    }
  } finally {
    await chaos.close();
  }
}
console.error(`${RUNS} runs from seed ${FIRST}: ${broken} did not hold.`);
process.exitCode = broken === 0 ? 0 : 1;
