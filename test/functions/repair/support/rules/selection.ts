import { images, rules } from "../items.ts";

import {
  choosing,
  conflict,
  created,
  createdItems,
  deletedItems,
  type PlanCase,
  plan,
  unselected,
  update,
  updatedA,
} from "./plan-case.ts";

/** Changed is not damaged. */
export const SELECTION: readonly PlanCase[] = [
  plan("nothing selected: updates", images({ a: 1 }, { a: 2 }, { a: 2 }), unselected, conflict("unselected", "a")),
  plan("nothing selected: deleted", images({ a: 1 }, null, null), unselected, conflict("unselected")),
  plan(
    "nothing selected: created",
    images(null, { a: 1 }, { a: 1 }),
    rules({ selection: "none", created: "delete" }),
    created,
  ),
  plan(
    "tenants only narrow",
    images({ a: 1 }, { a: 2 }, { a: 2 }),
    rules({ selection: "tenants" }),
    conflict("unselected", "a"),
  ),
  plan("a chosen group is reverted", images({ a: 1 }, { a: 2 }, { a: 2 }), choosing(updatedA), update({ a: 1 })),
  plan("an unchosen group is good", images({ b: 1 }, { b: 2 }, { b: 2 }), choosing(updatedA), {
    action: "not-damaged",
  }),
  plan(
    "an unchosen group with a chosen attribute",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 2 }),
    choosing(updatedA),
    conflict("mixed", "a"),
  ),
  plan(
    "sharing what is not reverted is not mixed",
    images({ b: 1 }, { b: 2 }, { b: 2 }),
    choosing({ kind: "updated", attributes: ["a", "b"], revert: ["a"] }),
    { action: "not-damaged" },
  ),
  plan(
    "an unchosen update that lost an attribute",
    images({ b: 1, c: 1 }, { c: 1 }, { c: 1 }),
    choosing(deletedItems),
    conflict("mixed", "b"),
  ),
  plan("an unchosen update that lost none", images({ b: 1 }, { b: 2 }, { b: 2 }), choosing(deletedItems), {
    action: "not-damaged",
  }),
  plan("mixed, but put right already", images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 1, b: 2 }), choosing(updatedA), {
    action: "not-damaged",
  }),
  plan("an unchosen kind is not put", images({ a: 1 }, null, null), choosing(updatedA), conflict("unselected")),
  plan("a chosen kind is put", images({ a: 1 }, null, null), choosing(deletedItems), { action: "put" }),
  plan("unchosen created items stay", images(null, { a: 1 }, { a: 1 }), choosing(updatedA), created),
  plan("unchosen created items stay, changed or not", images(null, { a: 1 }, { a: 2 }), choosing(updatedA), created),
  plan("chosen created items go", images(null, { a: 1 }, { a: 1 }), choosing(createdItems), { action: "delete" }),
  plan(
    "chosen created items, written since",
    images(null, { a: 1 }, { a: 2 }),
    choosing(createdItems),
    conflict("changed-since"),
  ),
  plan(
    "a group of another key shape",
    images({ a: 1 }, { a: 2 }, { a: 2 }),
    choosing({ ...updatedA, keyShape: "id=X" }),
    {
      action: "conflict",
      reason: "mixed",
    },
  ),
  plan("an unchosen update, deleted since", images({ b: 1 }, { b: 2 }, null), choosing(updatedA), {
    action: "not-damaged",
  }),
  plan(
    "a chosen update, deleted since",
    images({ a: 1 }, { a: 2 }, null),
    choosing(updatedA),
    conflict("deleted-since"),
  ),
  plan("groups decide even where keys are given", images({ b: 1 }, { b: 2 }, { b: 2 }), rules({ groups: [updatedA] }), {
    action: "not-damaged",
  }),
];
