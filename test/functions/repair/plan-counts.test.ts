import { describe, expect, it } from "vitest";
import { countEntries, mergeCounts, NO_COUNTS } from "../../../functions/repair/plan-counts.ts";
import { planEntry } from "../../../functions/repair/plan-entry.ts";
import { images, KEY, rules } from "./support/items.ts";

const ENTRIES = [
  planEntry(KEY, images({ a: 1 }, { a: 2 }, { a: 2 }), rules()),
  planEntry(KEY, images({ a: 1 }, { a: 2 }, { a: 3 }), rules()),
  planEntry(KEY, images({ a: 1 }, { a: 1 }, { a: 3 }), rules()),
  planEntry(KEY, images(null, { a: 1 }, { a: 1 }), rules({ created: "delete" })),
  planEntry(KEY, images({ a: 1 }, undefined, { a: 2, n: 1 }, { nearBoundary: true }), rules()),
  planEntry(KEY, images({ a: 1 }, undefined, { a: 2 }), rules({ acceptMayLoseGoodWrites: true })),
];

describe("the counts of a plan", () => {
  const counts = countEntries(ENTRIES, () => "acme");

  it("say what would be done, what is left and why", () => {
    expect(counts).toMatchObject({
      items: 6,
      actions: { update: 2, conflict: 2, unchanged: 1, delete: 1 },
      conflicts: { attributes: 1, "two-way": 1 },
      nearBoundary: 1,
      deletesThatNeedFreeze: 1,
    });
  });

  it("count what two images alone would revert, by attribute", () => {
    expect(counts).toMatchObject({ twoWay: 2, twoWayAttributes: { a: 2, n: 1 } });
  });

  it("take write units for what would be written, and for nothing else", () => {
    expect(counts.writeUnits).toBe(3);
    const big = "x".repeat(2000);
    const entry = planEntry(KEY, images({ a: 1, big }, { a: 2, big }, { a: 2, big }), rules());
    expect(countEntries([entry]).writeUnits).toBe(2);
  });

  it("group the changes", () => {
    expect(counts.groups.map(({ kind, attributes, count }) => [kind, attributes, count])).toEqual([
      ["updated", ["a"], 3],
      ["created", [], 1],
      ["updated", ["a", "n"], 1],
    ]);
    expect(counts.groups[0]?.tenants).toEqual({ acme: 3 });
  });

  it("are the same for the parts together as for the whole", () => {
    const parts = ENTRIES.map((entry) => countEntries([entry], () => "acme"));

    expect(mergeCounts(...parts)).toEqual(counts);
    expect(mergeCounts(NO_COUNTS, counts)).toEqual(counts);
    expect(mergeCounts()).toEqual(NO_COUNTS);
  });
});
