/** `npm run figures`: what Backstitch does in a second, and what it takes. */
import { writeEvidenceCosts } from "./evidence/evidence-costs.ts";
import { measure } from "./measure.ts";
import { type FigureOptions, FigureUsageError, parseOptions, USAGE } from "./options.ts";
import { render } from "./render.ts";

async function main(): Promise<number> {
  let options: FigureOptions | "help";
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof FigureUsageError)) throw error;
    process.stderr.write(`${USAGE}\n\n${error.message}\n`);
    return 2;
  }
  if (options === "help") {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const say = (line: string) => process.stderr.write(`${line}\n`);
  if (options.evidence) {
    await writeEvidenceCosts(say);
    return 0;
  }
  const figures = await measure(options.items, say);
  process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : render(figures));
  return [...figures.runs, figures.largeItems].every(({ notAsBefore }) => notAsBefore === 0) ? 0 : 1;
}

process.exitCode = await main();
