import { images } from "../items.ts";

import { byKeys, conflict, deleting, overwriting, type PlanCase, plan, unchanged } from "./plan-case.ts";

const late = { writtenAfterIncident: true } as const;

/** Written after the incident: what it left is not known exactly. */
export const WRITTEN_AFTER: readonly PlanCase[] = [
  plan("before = after decides", images({ a: 1 }, { a: 1 }, { a: 2 }, late), byKeys, unchanged),
  plan("live = before decides", images({ a: 1 }, { a: 2 }, { a: 1 }, late), byKeys, unchanged),
  plan("attribute by attribute", images({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, late), byKeys, unchanged),
  plan(
    "live = after does not",
    images({ a: 1 }, { a: 2 }, { a: 2 }, late),
    overwriting,
    conflict("written-after-incident", "a"),
  ),
  plan("nor for a deleted item", images({ a: 1 }, null, null, late), byKeys, conflict("written-after-incident")),
  plan("nor for a created one", images(null, { a: 1 }, { a: 1 }, late), deleting, conflict("written-after-incident")),
];
