import { describe, expect, it } from "vitest";
import { writeUnitsOf } from "../../../functions/repair/write-units.ts";
import { images } from "./support/items.ts";

const OF_2_UNITS = "x".repeat(1500);
const changed = images({ a: 1, b: 1, note: OF_2_UNITS }, undefined, { a: 2, b: 1, note: OF_2_UNITS });
const byB = (projected: "all" | readonly string[]) => ({ keys: ["b"], projected });

describe("the write units of a repair", () => {
  it("are those of the bigger image, one at least", () => {
    expect(writeUnitsOf(images({ a: 1 }, undefined, null))).toBe(1);
    expect(writeUnitsOf(images({ a: 1 }, undefined, { note: OF_2_UNITS }))).toBe(2);
    expect(writeUnitsOf(changed, ["a"])).toBe(2);
  });

  it.each([
    ["an index that holds all attributes", byB("all"), 4],
    ["an index that holds a changed attribute", byB(["a"]), 4],
    ["an index that holds none of them", byB(["c"]), 2],
    ["an index that the item is not in", { keys: ["d"], projected: "all" as const }, 2],
    ["an index whose key changes, twice", { keys: ["a"], projected: [] }, 6],
  ])("count %s", (_what, index, units) => {
    expect(writeUnitsOf(changed, ["a"], [index])).toBe(units);
  });

  it("count every index of an item that is put back or deleted", () => {
    const gone = images({ a: 1, b: 1 }, undefined, null);

    expect(writeUnitsOf(gone, undefined, [byB([]), { keys: ["a"], projected: [] }])).toBe(3);
  });

  it("count an index that the item comes into once", () => {
    const joins = images({ a: 1 }, undefined, { b: 1 });

    expect(writeUnitsOf(joins, ["a"], [{ keys: ["a"], projected: "all" }])).toBe(2);
  });
});
