import { images } from "../items.ts";

import { byKeys, deleting, type PlanCase, plan, versioned, wide, widelyDamaged } from "./plan-case.ts";

/** What no guard can hold, and what no item can hold. */
export const LIMITS: readonly PlanCase[] = [
  plan("151 attributes are too many to guard", images(wide, widelyDamaged, widelyDamaged), byKeys, {
    action: "conflict",
    reason: "too-wide-to-guard",
  }),
  plan(
    "the version stands for too many attributes",
    images({ ...wide, v: 1 }, { ...widelyDamaged, v: 2 }, { ...widelyDamaged, v: 3 }),
    versioned,
    { action: "update", guard: "version" },
  ),
  plan("a wide created item", images(null, wide, wide), deleting, { action: "conflict", reason: "too-wide-to-guard" }),
  plan("a wide created item with a version", images(null, { ...wide, v: 1 }, { ...wide, v: 1 }), versioned, {
    action: "delete",
    guard: "version",
  }),
  plan(
    "a good big write and a lost big attribute",
    images({ a: "x".repeat(300_000) }, {}, { n: "y".repeat(200_000) }),
    byKeys,
    { action: "unwritable", reason: "too-big" },
  ),
];
