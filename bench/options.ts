import { parseArgs } from "node:util";

export interface FigureOptions {
  /** Sizes of the tables that are damaged and recovered whole. */
  readonly items: readonly number[];
  readonly json: boolean;
  /** What each kind of evidence takes, instead of everything else. */
  readonly evidence: boolean;
}

export const USAGE = `npm run figures [-- options]

Measures Backstitch on the local AWS: whole deployment, nothing waits, every item of a table damaged and repaired.

  --items N,M   sizes of the tables (default 500,50000)
  --json        one JSON object instead of tables
  --evidence    instead: what each kind of evidence takes for the same incident, written to docs/evidence-costs.md
  --help        this page`;

/** A wrong option: the message says which, and what it takes. */
export class FigureUsageError extends Error {
  override readonly name = "FigureUsageError";
}

/** Options of the command line, or "help". */
export function parseOptions(args: readonly string[]): FigureOptions | "help" {
  const { values } = read(args);
  if (values.help) return "help";
  return {
    items: (values.items ?? "500,50000").split(",").map(size),
    json: values.json ?? false,
    evidence: values.evidence ?? false,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        items: { type: "string" },
        json: { type: "boolean" },
        evidence: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new FigureUsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function size(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 1_000_000)
    throw new FigureUsageError(
      `--items has "${text}": it takes whole numbers from 1 to 1000000, separated by commas, such as 500,50000.`,
    );
  return number;
}
