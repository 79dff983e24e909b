import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attributeEquals, itemEquals, UnknownAttributeTypeError } from "../../../functions/items/equality.ts";
import { evaluateCondition } from "../../../local/dynamodb/condition-expression.ts";
import { attributeValue, respelled } from "../repair/support/arbitraries.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("equality of attribute values", () => {
  it.each<[AttributeValue, AttributeValue]>([
    [{ N: "1.0" }, { N: "1" }],
    [{ SS: ["a", "b"] }, { SS: ["b", "a"] }],
    [{ NS: ["1", "2.0"] }, { NS: ["2", "1.0"] }],
    [{ BS: [bytes(1), bytes(2)] }, { BS: [bytes(2), bytes(1)] }],
    [{ B: bytes(1, 2) }, { B: Buffer.from([1, 2]) }],
    [{ S: "" }, { S: "" }],
    [{ B: bytes() }, { B: bytes() }],
    [{ NULL: true }, { NULL: true }],
    [{ M: { a: { L: [{ N: "1" }] } } }, { M: { a: { L: [{ N: "1.0" }] } } }],
  ])("%j equals %j", (a, b) => {
    expect(attributeEquals(a, b)).toBe(true);
  });

  it.each<[AttributeValue | undefined, AttributeValue | undefined]>([
    [{ N: "1" }, { S: "1" }],
    [{ S: "" }, undefined],
    [{ NULL: true }, undefined],
    [{ S: "" }, { B: bytes() }],
    [{ BOOL: false }, { NULL: true }],
    [{ SS: ["1"] }, { NS: ["1"] }],
    [{ SS: ["a"] }, { SS: ["a", "b"] }],
    [{ L: [{ N: "1" }, { N: "2" }] }, { L: [{ N: "2" }, { N: "1" }] }],
    [{ M: { a: { N: "1" } } }, { M: { a: { N: "1" }, b: { N: "1" } } }],
    [{ M: {} }, { M: { constructor: { S: "" } } }],
    [{ N: "9007199254740993" }, { N: "9007199254740992" }],
  ])("%j does not equal %j", (a, b) => {
    expect(attributeEquals(a, b)).toBe(false);
    expect(attributeEquals(b, a)).toBe(false);
  });

  it("holds for every value and another spelling of it", () => {
    fc.assert(fc.property(attributeValue, (value) => attributeEquals(value, respelled(value))));
  });

  it("agrees with the guard that the table evaluates", () => {
    fc.assert(
      fc.property(attributeValue, attributeValue, (a, b) => {
        const holds = evaluateCondition("#a = :b", { "#a": "a" }, { ":b": b }, { a });

        expect(holds).toBe(attributeEquals(a, b));
      }),
    );
  });

  it("refuses to guess about a type that it does not know", () => {
    expect(() => attributeEquals({ $unknown: ["X", 1] }, { S: "" })).toThrow(UnknownAttributeTypeError);
  });
});

describe("equality of items", () => {
  it("takes absence for a value", () => {
    expect(itemEquals(null, null)).toBe(true);
    expect(itemEquals(null, {})).toBe(false);
    expect(itemEquals({ a: { S: "" } }, {})).toBe(false);
  });

  it("leaves out the attributes that it is told to", () => {
    const except = new Set(["v"]);

    expect(itemEquals({ a: { N: "1" }, v: { N: "1" } }, { a: { N: "1" } }, except)).toBe(true);
    expect(itemEquals({ a: { N: "1" }, v: { N: "1" } }, { a: { N: "2" }, v: { N: "1" } }, except)).toBe(false);
  });
});
