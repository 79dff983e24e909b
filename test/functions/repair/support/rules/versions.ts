import { images, item } from "../items.ts";

import { type PlanCase, plan, unchanged, update, versioned } from "./plan-case.ts";

/** A declared versionAttribute. */
export const VERSIONS: readonly PlanCase[] = [
  plan("is no change", images({ a: 1, v: 1 }, { a: 1, v: 2 }, { a: 2, v: 3 }), versioned, unchanged),
  plan("is never reverted", images({ a: 1, v: 1 }, { a: 2, v: 2 }, { a: 2, v: 3 }), versioned, {
    ...update({ a: 1 }),
    expected: { a: { N: "2" } },
    version: { attribute: "v", live: { N: "3" } },
  }),
  plan("is no conflict", images({ a: 1, v: 1 }, null, { a: 1, v: 9 }), versioned, unchanged),
  plan("is raised by a million on a put", images({ a: 1, v: 7 }, null, null), versioned, {
    action: "put",
    item: item({ a: 1, v: 1_000_007 }),
  }),
  plan("is given to an item that had none", images({ a: 1 }, null, null), versioned, {
    action: "put",
    item: item({ a: 1, v: 1_000_000 }),
  }),
  plan("shows that a created item was written", images(null, { a: 1, v: 1 }, { a: 1, v: 2 }), versioned, {
    action: "conflict",
    reason: "changed-since",
  }),
  plan("makes a delete safe without a freeze", images(null, { a: 1, v: 1 }, { a: 1, v: 1 }), versioned, {
    action: "delete",
    needsFreeze: false,
    version: { attribute: "v", live: { N: "1" } },
  }),
  plan("does not, where the item has none", images(null, { a: 1 }, { a: 1 }), versioned, {
    action: "delete",
    needsFreeze: true,
  }),
  plan("that is no number can't be raised", images({ a: 1 }, { a: 2, v: "x" }, { a: 2, v: "x" }), versioned, {
    action: "unwritable",
    reason: "version-not-a-number",
  }),
  plan("that is no number can't be put", images({ a: 1, v: "x" }, null, null), versioned, { action: "unwritable" }),
];
