import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodePlanEntry,
  encodePlanEntry,
  type JsonPlanEntry,
  planEntry,
  replanEntry,
} from "../../../functions/repair/plan-entry.ts";
import { randomCourse } from "./support/arbitraries.ts";
import { images, KEY, rules } from "./support/items.ts";

describe("an entry of a plan", () => {
  it("comes back from JSON as it was, whatever its attributes", () => {
    fc.assert(
      fc.property(randomCourse, ({ images: known, rules: by }) => {
        const entry = planEntry(KEY, known, { ...by, versionAttribute: "v" });
        const there = JSON.parse(JSON.stringify(encodePlanEntry(entry))) as JsonPlanEntry;

        expect(decodePlanEntry(there)).toEqual(entry);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is planned again with the groups that were chosen, from what it holds", () => {
    const entry = planEntry(KEY, images({ a: 1 }, { a: 2 }, { a: 2 }), rules({ selection: "none" }));
    const { signature } = entry;

    expect(entry.repair).toMatchObject({ action: "conflict", reason: "unselected" });
    expect(signature).toEqual({ kind: "updated", attributes: ["a"], keyShape: "id=*" });
    const chosen = replanEntry(entry, rules({ selection: "none", groups: signature ? [signature] : [] }));
    expect(chosen).toMatchObject({ repair: { action: "update" }, group: entry.group, images: entry.images });
  });

  it("has no group where nothing is to be decided", () => {
    expect(planEntry(KEY, images({ a: 1 }, { a: 2 }, { a: 1 }), rules())).not.toHaveProperty("group");
  });

  it("is flagged where it was written near a boundary, or rests on two images", () => {
    const near = planEntry(KEY, images({ a: 1 }, { a: 2 }, { a: 2 }, { nearBoundary: true }), rules());
    const asked = planEntry(KEY, images({ a: 1 }, undefined, { a: 2 }), rules());
    const accepted = replanEntry(asked, rules({ acceptMayLoseGoodWrites: true }));

    expect(near.flags).toEqual(["near-boundary"]);
    expect(asked.flags).toEqual(["two-way"]);
    expect(accepted.flags).toEqual(["two-way"]);
    expect(planEntry(KEY, images({ a: 1 }, { a: 2 }, { a: 2 }), rules())).not.toHaveProperty("flags");
  });
});
