import { images, rules } from "../items.ts";

import {
  accepting,
  byKeys,
  choosing,
  conflict,
  created,
  createdItems,
  deletedItems,
  type PlanCase,
  plan,
  unchanged,
  update,
  updatedA,
} from "./plan-case.ts";

/** What is done when nobody knows how the incident left the item. */
export const WITHOUT_AFTER: readonly PlanCase[] = [
  plan("two images decide nothing", images({ a: 1 }, undefined, { a: 2, n: 1 }), byKeys, conflict("two-way", "a", "n")),
  plan("live = before needs no decision", images({ a: 1 }, undefined, { a: 1 }), byKeys, unchanged),
  plan("the accept reverts every difference", images({ a: 1 }, undefined, { a: 2, n: 1 }), accepting, {
    ...update({ a: 1 }, "n"),
    twoWay: ["a", "n"],
  }),
  plan(
    "named attributes alone are reverted",
    images({ a: 1 }, undefined, { a: 2, n: 1 }),
    rules({ attributes: { only: ["a"] } }),
    update({ a: 1 }),
  ),
  plan(
    "named attributes alone, the accept notwithstanding",
    images({ a: 1 }, undefined, { a: 2, n: 1 }),
    rules({ attributes: { only: ["a"] }, acceptMayLoseGoodWrites: true }),
    update({ a: 1 }),
  ),
  plan(
    "except names nothing",
    images({ a: 1 }, undefined, { a: 2, n: 1 }),
    rules({ attributes: { except: ["n"] } }),
    conflict("two-way", "a"),
  ),
  plan(
    "a chosen group names its attributes",
    images({ a: 1 }, undefined, { a: 2 }),
    choosing(updatedA),
    update({ a: 1 }),
  ),
  plan(
    "a chosen group names what to revert",
    images({ a: 1 }, undefined, { a: 2, n: 1 }),
    choosing({ kind: "updated", attributes: ["a", "n"], revert: ["a"] }),
    update({ a: 1 }),
  ),
  plan("keys do not put whole items", images({ a: 1 }, undefined, null), byKeys, conflict("unselected")),
  plan("a chosen kind puts them", images({ a: 1 }, undefined, null), choosing(deletedItems), { action: "put" }),
  plan("a chosen kind deletes", images(null, undefined, { a: 1 }), choosing(createdItems), { action: "delete" }),
  plan("the accept deletes by rule", images(null, undefined, { a: 1 }), accepting, { action: "delete" }),
  plan(
    "the accept deletes nothing without the rule",
    images(null, undefined, { a: 1 }),
    rules({ acceptMayLoseGoodWrites: true }),
    created,
  ),
];
