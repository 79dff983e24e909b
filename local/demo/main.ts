import { RecoveryFailed } from "./approval.ts";
import type { DemoEnd, DemoResult } from "./judge.ts";
import { type DemoOptions, DemoUsageError, parseOptions, USAGE } from "./options.ts";
import { playPastStory } from "./stories/play-past-story.ts";
import { STORIES } from "./stories/stories.ts";
import { playDemo } from "./story.ts";

async function main(): Promise<number> {
  let options: DemoOptions | "help";
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof DemoUsageError)) throw error;
    process.stderr.write(`${USAGE}\n\n${error.message}\n`);
    return 2;
  }
  if (options === "help") {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const { json } = options;
  let end: DemoEnd;
  try {
    const say = (line: string) => {
      if (!json) process.stdout.write(`${line}\n`);
    };
    end = options.story ? await playPastStory(STORIES[options.story], options, say) : await playDemo(options, say);
  } catch (error) {
    if (!(error instanceof RecoveryFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  const { result, asPromised, problems } = end;
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : lastLines(result));
  for (const problem of problems.slice(0, 20)) process.stderr.write(`${problem}\n`);
  return asPromised ? 0 : 1;
}

function lastLines(result: DemoResult): string {
  const rows: readonly (readonly [string, string])[] = [
    ["outcome", `${result.outcome}: ${result.repaired} of ${result.damaged} damaged items repaired`],
    ["damaged items left", String(result.damagedLeft)],
    ["good writes lost", `${result.goodWritesLost} of ${result.goodWrites}`],
    ["left for a person", `${result.leftForDecision} (${result.undecidable} can't be decided by any image)`],
    ["time frozen", `${result.frozenSeconds} s (${result.refusedWrites} writes of the application refused)`],
    ["report", result.report],
  ];
  return `\n${rows.map(([name, value]) => `${name.padEnd(20)}${value}`).join("\n")}\n`;
}

// Standard output may still be on its way to a pipe: end by exit code, not by exit.
process.exitCode = await main();
