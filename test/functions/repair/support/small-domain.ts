import type { Images, Item } from "../../../../functions/items/item.ts";
import type { RepairRules } from "../../../../functions/repair/rules.ts";
import { item, type Plain, rules } from "./items.ts";

/** Two attributes with three values each, absent being one; and no item at all. */
const VALUES = [undefined, 1, 2] as const;
export const STATES: readonly (Plain | null)[] = [
  null,
  ...VALUES.flatMap((a) =>
    VALUES.map((b) => ({ ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) })),
  ),
];

/** The rules under which the whole domain is tried. */
export const RULE_SETS: readonly (readonly [string, RepairRules])[] = [
  ["skip", rules()],
  ["merge, created items deleted", rules({ conflicts: "merge", created: "delete" })],
  ["overwrite", rules({ conflicts: "overwrite", created: "delete" })],
  ["a version", rules({ conflicts: "merge", created: "delete", versionAttribute: "v" })],
  ["one attribute alone", rules({ attributes: { only: ["a"] } })],
  ["the accept", rules({ selection: "none", acceptMayLoseGoodWrites: true, created: "delete" })],
  [
    "chosen groups",
    rules({
      selection: "none",
      groups: [
        { kind: "updated", attributes: ["a"] },
        { kind: "deleted", attributes: [] },
      ],
    }),
  ],
];

/** One course of events: what the item was, how the bug left it, what good writers made of it, before the plan and after. */
export interface Course {
  readonly images: Images;
  readonly meanwhile: Item | null;
}

/** Every course of events in the domain: the bug, and a good writer before the plan and between plan and write. */
export function* courses(by: RepairRules): Generator<Course> {
  for (const before of STATES) {
    for (const after of [undefined, ...STATES]) {
      for (const live of STATES) {
        for (const meanwhile of STATES) yield courseOf(before, after, live, meanwhile, by);
      }
    }
  }
}

function courseOf(
  before: Plain | null,
  after: Plain | null | undefined,
  live: Plain | null,
  meanwhile: Plain | null,
  by: RepairRules,
): Course {
  // Every writer of this application counts the version up, the bug too.
  let version = 1;
  let last: Plain | null = before;
  const withVersion = (state: Plain | null): Item | null => {
    if (JSON.stringify(state) !== JSON.stringify(last)) version += 1;
    last = state;
    if (state === null) return null;
    return item(by.versionAttribute === undefined ? state : { ...state, [by.versionAttribute]: version });
  };
  const images = {
    before: withVersion(before),
    ...(after === undefined ? {} : { after: withVersion(after) }),
    live: withVersion(live),
  };
  return { images, meanwhile: withVersion(meanwhile) };
}
