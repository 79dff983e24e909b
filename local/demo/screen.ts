/** What the demo shows while it runs: one line a stage, a bar for maps, the clock, and what is being waited for. */
import { Listr } from "listr2";
import type { Follower } from "./follow.ts";
import { STAGES, WAITS } from "./stages.ts";

/** Says a line to the person in front of it; with `--json` nobody is. */
export type Say = (line: string) => void;

const BAR = 24;

export function bar(done: number, total: number): string {
  const filled = total === 0 ? 0 : Math.round((done / total) * BAR);
  return `${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${done}/${total} parts`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Shows the stages until the execution ends; `facts` adds what only the demo knows, such as refused writes. */
export async function showStages(
  follower: Follower,
  facts: {
    readonly live: () => string;
    readonly done: (stage: number) => string | undefined;
    /** Other titles for some stages. */
    readonly titles?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const tasks = STAGES.map(({ title: usual }, stage) => ({
    title: facts.titles?.[usual] ?? usual,
    rendererOptions: { persistentOutput: false },
    task: async (_context: unknown, task: { title: string; output: string }): Promise<void> => {
      const begun = follower.last.elapsedMs;
      const off = follower.onLook(({ state, parts, elapsedMs }) => {
        // A line a second is enough where lines are not drawn over.
        if (!process.stdout.isTTY) return;
        const doing = parts ? bar(parts.done, parts.total) : ((state && WAITS[state]) ?? state ?? "");
        task.output = `${seconds(elapsedMs)}  ${doing}  ${facts.live()}`;
      });
      const { elapsedMs } = await follower.passed(stage);
      off();
      const result = facts.done(stage);
      task.title = `${facts.titles?.[usual] ?? usual} (${seconds(elapsedMs - begun)})${result ? `: ${result}` : ""}`;
    },
  }));
  await new Listr(tasks, { concurrent: false, exitOnError: false, rendererOptions: { collapseSubtasks: false } }).run();
}
