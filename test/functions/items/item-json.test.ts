import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeAttribute,
  decodeImage,
  decodeItem,
  encodeAttribute,
  encodeImage,
  encodeItem,
  InvalidItemJsonError,
  type JsonAttributeValue,
  type JsonItem,
} from "../../../functions/items/item-json.ts";
import { attributeValue } from "../repair/support/arbitraries.ts";

describe("items as JSON", () => {
  it("come back to the byte and the digit, whatever their types", () => {
    fc.assert(
      fc.property(attributeValue, (value) => {
        const there = JSON.parse(JSON.stringify(encodeAttribute(value))) as JsonAttributeValue;

        expect(decodeAttribute(there)).toEqual(value);
      }),
    );
  });

  it("hold binary as base64 and numbers as the text they are", () => {
    expect(encodeItem({ b: { B: Uint8Array.from([0, 255]) }, n: { N: "1.50" } })).toEqual({
      b: { B: "AP8=" },
      n: { N: "1.50" },
    });
  });

  it("keep an attribute called __proto__", () => {
    const json = JSON.parse('{"__proto__":{"S":"x"}}') as JsonItem;

    expect(JSON.stringify(encodeItem(decodeItem(json)))).toBe('{"__proto__":{"S":"x"}}');
  });

  it("know that an item is absent", () => {
    expect(encodeImage(null)).toBeNull();
    expect(decodeImage(null)).toBeNull();
  });

  it.each([
    ['{"a":1}'],
    ['{"a":{"S":1}}'],
    ['{"a":{"N":1}}'],
    ['{"a":{"X":"1"}}'],
    ['{"a":{"S":"1","N":"1"}}'],
    ['{"a":{}}'],
    ['{"a":{"B":"not base64"}}'],
    ['{"a":{"L":{}}}'],
    ["[]"],
    ["null"],
  ])("refuse %s", (text) => {
    expect(() => decodeItem(JSON.parse(text))).toThrow(InvalidItemJsonError);
  });

  it("don't show values in errors", () => {
    expect(() => decodeItem(JSON.parse('{"a":{"S":{"secret":1}}}'))).toThrow(/^(?!.*secret)/);
  });
});
