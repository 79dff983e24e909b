import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalNumber, InvalidNumberError, isNumber } from "../../../functions/items/decimal.ts";

describe("numbers as DynamoDB holds them", () => {
  it.each([
    ["1", "1.0"],
    ["100", "1E+2"],
    ["0", "-0.00"],
    ["0.5", ".5"],
    ["5", "+5."],
    ["-12.50", "-1.25e1"],
    ["12345678901234567890123456789012345678", "1.2345678901234567890123456789012345678e37"],
  ])("%s and %s are one number", (a, b) => {
    expect(canonicalNumber(a)).toBe(canonicalNumber(b));
  });

  it.each([
    ["9007199254740993", "9007199254740992"],
    ["0.1234567890123456789012", "0.12345678901234568"],
    ["1", "-1"],
    ["1e40", "1e41"],
  ])("%s and %s are two", (a, b) => {
    expect(canonicalNumber(a)).not.toBe(canonicalNumber(b));
  });

  it("agrees with JavaScript on every number that JavaScript holds", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(canonicalNumber(String(a)) === canonicalNumber(b.toFixed(3))).toBe(a === b);
        expect(canonicalNumber(String(a))).toBe(canonicalNumber(a.toExponential()));
      }),
    );
  });

  it.each(["", "-", "x", "1e", "0x10", "1 ", "Infinity", "."])('refuses "%s"', (text) => {
    expect(() => canonicalNumber(text)).toThrow(InvalidNumberError);
    expect(isNumber(text)).toBe(false);
  });

  it.each(["1e126", "1e-131", "123456789012345678901234567890123456789"])("%s is beyond DynamoDB's numbers", (text) => {
    expect(isNumber(text)).toBe(false);
  });
});
