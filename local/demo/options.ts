import { parseArgs } from "node:util";

/** Stories beside the default one. */
export const STORY_NAMES = ["big", "tenant", "deleted", "merge", "counter"] as const;
export type StoryName = (typeof STORY_NAMES)[number];

/** How many items the table of a story has where nobody says. */
export const STORY_ITEMS: Readonly<Record<StoryName, number>> = {
  big: 200_000,
  tenant: 4000,
  deleted: 4000,
  merge: 3000,
  counter: 2000,
};

export interface DemoOptions {
  /** Missing: the default story. */
  readonly story?: StoryName;
  readonly items: number;
  readonly seed: number;
  readonly json: boolean;
}

export const USAGE = `npm run demo [-- options]

Plays an incident on a local AWS and shows it being recovered: a bad deploy damages the table "orders" while its
application goes on working; the recovery freezes, restores, plans, repairs, verifies and lifts.

  --story S   another story (default: a bad deploy of seconds ago, recovered from a restore):
                big      5,000 garbage writes among 20,000 good ones in 200,000 items: an export and a predicate
                tenant   one tenant is damaged, frozen and exported alone, while the others go on working
                deleted  a cleanup job deleted open orders: they come back, those that have expired do not
                merge    staff had begun to repair by hand: their corrections stay, the rest is decided later
                counter  counters were raised wrongly for three days: only the difference is taken back
  --items N   size of the table, 500 to 1000000 (default: the story's, 5000)
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
  const story = storyName(values.story);
  return {
    ...(story ? { story } : {}),
    items: wholeNumber("--items", values.items, 500, 1_000_000, story ? STORY_ITEMS[story] : 5000),
    seed: wholeNumber("--seed", values.seed, 0, 4_294_967_295, 1),
    json: values.json ?? false,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        story: { type: "string" },
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

function storyName(text: string | undefined): StoryName | undefined {
  const name = STORY_NAMES.find((story) => story === text);
  if (text !== undefined && !name)
    throw new DemoUsageError(`--story is "${text}": it takes ${STORY_NAMES.join(", ")}; leave it out for the default.`);
  return name;
}

function wholeNumber(option: string, text: string | undefined, least: number, most: number, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new DemoUsageError(`${option} is "${text}": it takes a whole number from ${least} to ${most}.`);
  return number;
}
