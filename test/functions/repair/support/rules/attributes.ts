import { images, rules } from "../items.ts";

import { byKeys, conflict, merging, overwriting, type PlanCase, plan, unchanged, update } from "./plan-case.ts";

/** Every rule for attributes of an item that stays. */
export const ATTRIBUTE_RULES: readonly PlanCase[] = [
  plan("reverts what is as the incident left it", images({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 2, b: 3 }), byKeys, {
    ...update({ a: 1 }),
    expected: { a: { N: "2" } },
  }),
  plan("puts back a lost attribute", images({ a: 1, b: 1 }, { b: 1 }, { b: 1 }), byKeys, {
    ...update({ a: 1 }),
    expected: { a: null },
  }),
  plan("removes an added attribute", images({}, { a: 1 }, { a: 1 }), byKeys, update({}, "a")),
  plan(
    "leaves what somebody put right",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 1, b: 2 }),
    byKeys,
    update({ b: 1 }),
  ),
  plan("leaves a good new attribute", images({ a: 1 }, { a: 2 }, { a: 2, n: 1 }), byKeys, update({ a: 1 })),
  plan("conflict where written since", images({ a: 1 }, { a: 2 }, { a: 3 }), byKeys, conflict("attributes", "a")),
  plan("conflict where removed since", images({ a: 1 }, { a: 2 }, {}), byKeys, conflict("attributes", "a")),
  plan(
    "skip leaves the whole item",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 2 }),
    byKeys,
    conflict("attributes", "a"),
  ),
  plan(
    "fail leaves the whole item",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 2 }),
    rules({ conflicts: "fail" }),
    conflict("attributes", "a"),
  ),
  plan("merge reverts the others", images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 2 }), merging, {
    ...update({ b: 1 }),
    left: ["a"],
  }),
  plan("merge with nothing left to revert", images({ a: 1 }, { a: 2 }, { a: 3 }), merging, conflict("attributes", "a")),
  plan("overwrite reverts them all", images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 2 }), overwriting, {
    ...update({ a: 1, b: 1 }),
    expected: { a: { N: "3" }, b: { N: "2" } },
    overwritten: ["a"],
  }),
  plan("overwrite is not for items", images({ a: 1 }, null, { a: 2 }), overwriting, conflict("recreated")),
  plan("overwrite does not raise the dead", images({ a: 1 }, { a: 2 }, null), overwriting, conflict("deleted-since")),
  plan(
    "only: the others are not examined",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 3 }),
    rules({ attributes: { only: ["a"] } }),
    update({ a: 1 }),
  ),
  plan(
    "only: nothing else changed is unchanged",
    images({ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 1, b: 2 }),
    rules({ attributes: { only: ["a"] } }),
    unchanged,
  ),
  plan(
    "except: those are not examined",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 2 }),
    rules({ attributes: { except: ["a"] } }),
    update({ b: 1 }),
  ),
  plan(
    "only selects, without keys",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 2 }),
    rules({ selection: "none", attributes: { only: ["a"] } }),
    update({ a: 1 }),
  ),
  plan(
    "only does not select whole items",
    images({ a: 1 }, null, null),
    rules({ selection: "none", attributes: { only: ["a"] } }),
    conflict("unselected"),
  ),
];
