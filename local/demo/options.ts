import { parseArgs } from "node:util";

export interface DemoOptions {
  readonly items: number;
  readonly seed: number;
  readonly json: boolean;
}

export const USAGE = `npm run demo [-- options]

Plays an incident on a local AWS and shows it being recovered: a bad deploy damages the table "orders" while its
application goes on working; the recovery freezes, restores, plans, repairs, verifies and lifts.

  --items N   size of the table, 500 to 1000000 (default 5000)
  --seed S    another incident (default 1); the same seed damages the same items
  --json      print one JSON object and nothing else on stdout
  --help      this page

Exit code: 0 nothing damaged is left, no good write is lost, and exactly the undecidable items are left to a person;
           1 otherwise; 2 a wrong option.`;

/** A wrong option: the message says which, and what it takes. */
export class DemoUsageError extends Error {
  override readonly name = "DemoUsageError";
}

/** Options of the command line, or "help". */
export function parseOptions(args: readonly string[]): DemoOptions | "help" {
  const { values } = read(args);
  if (values.help) return "help";
  return {
    items: wholeNumber("--items", values.items, 500, 1_000_000, 5000),
    seed: wholeNumber("--seed", values.seed, 0, 4_294_967_295, 1),
    json: values.json ?? false,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        items: { type: "string" },
        seed: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new DemoUsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function wholeNumber(option: string, text: string | undefined, least: number, most: number, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new DemoUsageError(`${option} is "${text}": it takes a whole number from ${least} to ${most}.`);
  return number;
}
