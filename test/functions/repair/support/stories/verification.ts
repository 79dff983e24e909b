import assert from "node:assert/strict";
import { isWrite } from "../../../../../functions/repair/repair.ts";
import { images, item, rules } from "../items.ts";

import { created, damaged, deleted, deleting, versioned, type WriterStory } from "./scene.ts";

/** What the table may hold after a repair, and what verification must say of it. */
const VERIFIED = [
  [damaged, rules(), { a: 1 }, "as-planned"],
  [damaged, rules(), { a: { N: "1.0" }, b: 5 }, "as-planned"],
  [damaged, rules(), { a: 2 }, "not-repaired"],
  [damaged, rules(), { a: 3 }, "changed-since"],
  [damaged, rules(), null, "changed-since"],
  [images({ a: 1, b: 1 }, { a: 2 }, { a: 2 }), rules(), { a: 1 }, "not-repaired"],
  [images({ a: 1, b: 1 }, { a: 2 }, { a: 2 }), rules(), { a: 1, b: 2 }, "changed-since"],
  [deleted, rules(), { a: 1 }, "as-planned"],
  [images({ a: 1, v: 1 }, null, null), versioned, { a: 1, v: 1_000_009 }, "as-planned"],
  [deleted, rules(), { a: 2 }, "changed-since"],
  [deleted, rules(), null, "not-repaired"],
  [created, deleting, null, "as-planned"],
  [created, deleting, { a: 1 }, "not-repaired"],
  [created, deleting, { a: 1, b: 1 }, "changed-since"],
] as const;

export const VERIFICATION: readonly WriterStory[] = VERIFIED.map(([planned, by, now, verdict]) => ({
  title: `${JSON.stringify(now)} is ${verdict} after ${JSON.stringify(planned.before)} was damaged`,
  run: async (core) => {
    const repair = core.planRepair(planned, by);
    assert.ok(isWrite(repair));
    assert.equal(core.verifyRepair(repair, now && item(now)), verdict);
  },
}));
