import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalNumber } from "../../../functions/items/decimal.ts";
import { plainItem, plainValue } from "../../../functions/items/plain-json.ts";

describe("an item as plain JSON", () => {
  it.each([
    ["0", 0],
    ["-12.50", -12.5],
    ["0.1", 0.1],
    ["1E+2", 100],
    ["9007199254740993", "9007199254740993"],
    ["12345678901234567890.25", "12345678901234567890.25"],
    ["0.1234567890123456789012", "0.1234567890123456789012"],
    ["1e-130", 1e-130],
  ])("gives the number %s as %j", (text, expected) => {
    expect(plainValue({ N: text })).toBe(expected);
  });

  it("never rounds a number", () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,30}$/);
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 30 }), (text, point) => {
        const number = point < text.length && point > 0 ? `${text.slice(0, point)}.${text.slice(point)}` : text;
        expect(canonicalNumber(String(plainValue({ N: number })))).toBe(canonicalNumber(number));
      }),
    );
  });

  it("gives sets as arrays, binary as base64, maps and lists as they are", () => {
    expect(
      plainItem({
        tags: { SS: ["a"] },
        sizes: { NS: ["1", "12345678901234567890"] },
        raw: { B: new Uint8Array([1, 2]) },
        raws: { BS: [new Uint8Array([3])] },
        map: { M: { inner: { L: [{ BOOL: true }, { NULL: true }] } } },
        ["__proto__"]: { S: "an attribute as any other" },
      }),
    ).toEqual(
      Object.fromEntries([
        ["tags", ["a"]],
        ["sizes", [1, "12345678901234567890"]],
        ["raw", "AQI="],
        ["raws", ["Aw=="]],
        ["map", { inner: [true, null] }],
        ["__proto__", "an attribute as any other"],
      ]),
    );
  });
});
