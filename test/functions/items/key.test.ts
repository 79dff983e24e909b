import { describe, expect, it } from "vitest";
import {
  canonicalKey,
  InvalidKeyError,
  type KeySchema,
  keyOf,
  partitionKeyName,
  typedKey,
} from "../../../functions/items/key.ts";

const SCHEMA: KeySchema = {
  attributes: [
    { name: "tenant", type: "S", role: "HASH" },
    { name: "number", type: "N", role: "RANGE" },
  ],
};
const BINARY: KeySchema = { attributes: [{ name: "id", type: "B", role: "HASH" }] };
const THREE: KeySchema = {
  attributes: [
    { name: "a", type: "S", role: "HASH" },
    { name: "b", type: "S", role: "HASH" },
    { name: "c", type: "S", role: "RANGE" },
  ],
};

describe("the key of an item", () => {
  it("is its key attributes, however many the schema has", () => {
    const item = { a: { S: "1" }, b: { S: "2" }, c: { S: "3" }, d: { S: "4" } };

    expect(keyOf(item, THREE)).toEqual({ a: { S: "1" }, b: { S: "2" }, c: { S: "3" } });
    expect(partitionKeyName(THREE)).toBe("a");
  });

  it("has one text, and shares it with no other key", () => {
    const texts = [
      ["a", "b,c", ""],
      ["a,b", "c", ""],
      ['a"', "b", "c"],
      ["a", '"b', "c"],
    ].map(([a = "", b = "", c = ""]) => canonicalKey({ a: { S: a }, b: { S: b }, c: { S: c } }, THREE));

    expect(new Set(texts).size).toBe(4);
    expect(canonicalKey({ tenant: { S: "t" }, number: { N: "1.0" } }, SCHEMA)).toBe(
      canonicalKey({ number: { N: "1" }, tenant: { S: "t" } }, SCHEMA),
    );
    expect(canonicalKey({ id: { B: Uint8Array.from([1]) } }, BINARY)).toBe('["AQ=="]');
  });

  it("is refused where an attribute is missing", () => {
    expect(() => keyOf({ tenant: { S: "t" } }, SCHEMA)).toThrow(InvalidKeyError);
    expect(() => canonicalKey({ tenant: { S: "t" } }, SCHEMA)).toThrow(/number/);
  });
});

describe("a key that a person wrote", () => {
  it.each([
    [{ tenant: "acme", number: 7 }],
    [{ tenant: "acme", number: "7" }],
    [{ tenant: { S: "acme" }, number: { N: "7" } }],
  ])("is typed by the key schema: %j", (plain) => {
    expect(typedKey(plain, SCHEMA)).toEqual({ tenant: { S: "acme" }, number: { N: "7" } });
  });

  it.each([[{ id: "AQI=" }], [{ id: { B: "AQI=" } }], [{ id: Uint8Array.from([1, 2]) }]])(
    "may be binary: %j",
    (plain) => {
      expect(typedKey(plain, BINARY)).toEqual({ id: { B: Uint8Array.from([1, 2]) } });
    },
  );

  it("keeps the digits of a number that is written as text", () => {
    const number = "12345678901234567890123456789012345678";

    expect(typedKey({ tenant: "t", number }, SCHEMA).number).toEqual({ N: number });
  });

  it.each([
    [{ tenant: "acme" }, "number", /missing.*42/],
    [{ tenant: "acme", number: 1, extra: 2 }, "extra", /tenant, number/],
    [{ tenant: 1, number: 1 }, "tenant", /is 1.*order-1/],
    [{ tenant: "", number: 1 }, "tenant", /empty/],
    [{ tenant: "acme", number: "seven" }, "number", /"seven"/],
    [{ tenant: "acme", number: 2 ** 60 }, "number", /write it as text/],
    [{ tenant: "acme", number: Number.NaN }, "number", /number/],
    [{ tenant: { N: "1" }, number: 1 }, "tenant", /\{"N":"1"\}/],
    [{ tenant: { S: 1 }, number: 1 }, "tenant", /text/],
    [{ tenant: "x".repeat(2049), number: 1 }, "tenant", /2049 bytes.*2048/],
    [{ tenant: null, number: 1 }, "tenant", /missing/],
    [{ tenant: true, number: 1 }, "tenant", /true/],
  ])("is refused with attribute, value and remedy: %j", (plain, attribute, message) => {
    expect(() => typedKey(plain, SCHEMA)).toThrow(expect.objectContaining({ name: "InvalidKeyError", attribute }));
    expect(() => typedKey(plain, SCHEMA)).toThrow(message);
  });

  it("is refused where it holds half of a character, which DynamoDB would replace by another one", () => {
    expect(() => typedKey({ tenant: "a\ud800", number: 1 }, SCHEMA)).toThrow(
      /tenant is "a\\ud800", which holds half of a/,
    );
  });

  it.each([
    ["of another type", { tenant: Array(5000).fill("secret"), number: 1 }],
    ["nested without end", { tenant: JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`), number: 1 }],
    ["with a stranger of any length", { tenant: "a", number: 1, ["x".repeat(5000)]: 1 }],
    ["with a number smaller than any of DynamoDB's", { tenant: "a", number: 1.5e-200 }],
    ["with endless digits", { tenant: "a", number: `1${"0".repeat(500_000)}1` }],
  ])("is refused in a few words %s", (_what, key) => {
    const refused = (() => {
      try {
        return String(typedKey(key, SCHEMA));
      } catch (error) {
        return error;
      }
    })();

    expect(refused).toBeInstanceOf(InvalidKeyError);
    expect(String(refused).length).toBeLessThan(300);
  });

  it("is refused where it is not base64", () => {
    expect(() => typedKey({ id: "hello!" }, BINARY)).toThrow(/"hello!".*base64/);
  });
});
