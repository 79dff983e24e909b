import validations from "dynalite/validations/index.js";
import { describe, expect, test } from "vitest";
import type { AttributeValue, Item } from "../../../local/dynamodb/attribute-value.ts";
import { applyUpdate, type ParsedUpdate } from "../../../local/dynamodb/update-expression.ts";

const KEY: Item = { pk: { S: "p" } };
const numbers = (...values: number[]): AttributeValue => ({ L: values.map((N) => ({ N: `${N}` })) });

function parse(UpdateExpression: string, values?: Readonly<Record<string, AttributeValue>>): ParsedUpdate {
  const data: Record<string, unknown> = {
    UpdateExpression,
    ...(values === undefined ? {} : { ExpressionAttributeValues: structuredClone(values) }),
  };
  expect(validations.validateExpressions(data)).toBeUndefined();
  return data._updates as ParsedUpdate;
}

describe("an update", () => {
  test.each<[string, Item, Record<string, AttributeValue> | undefined, Item]>([
    ["SET a = :v", {}, { ":v": { S: "x" } }, { a: { S: "x" } }],
    ["SET a = b, b = a", { a: { N: "1" }, b: { N: "2" } }, undefined, { a: { N: "2" }, b: { N: "1" } }],
    ["SET a = a + :v", { a: { N: "0.1" } }, { ":v": { N: "0.2" } }, { a: { N: "0.3" } }],
    [
      "SET a = :v - a",
      { a: { N: "1" } },
      { ":v": { N: "12345678901234567890" } },
      { a: { N: "12345678901234567889" } },
    ],
    ["SET a = if_not_exists(a, :v)", {}, { ":v": { N: "1" } }, { a: { N: "1" } }],
    ["SET a = if_not_exists(a, :v)", { a: { S: "kept" } }, { ":v": { N: "1" } }, { a: { S: "kept" } }],
    ["SET a = if_not_exists(a, :z) + :v", {}, { ":z": { N: "0" }, ":v": { N: "1" } }, { a: { N: "1" } }],
    ["SET l = list_append(l, :v)", { l: numbers(1) }, { ":v": numbers(2) }, { l: numbers(1, 2) }],
    [
      "SET m.x.y = :v",
      { m: { M: { x: { M: {} } } } },
      { ":v": { N: "1" } },
      { m: { M: { x: { M: { y: { N: "1" } } } } } },
    ],
    [
      "SET l[0] = :v, l[9] = :v, l[7] = :w",
      { l: numbers(1, 2) },
      { ":v": { N: "5" }, ":w": { N: "6" } },
      { l: numbers(5, 2, 6, 5) },
    ],
    ["REMOVE l[0], l[2]", { l: numbers(0, 1, 2, 3) }, undefined, { l: numbers(1, 3) }],
    ["REMOVE l[0] SET l[1] = :v", { l: numbers(0, 1, 2) }, { ":v": { N: "9" } }, { l: numbers(9, 2) }],
    ["REMOVE a, absent, m.x", { a: { N: "1" }, m: { M: { x: { N: "1" } } } }, undefined, { m: { M: {} } }],
    ["ADD a :v", {}, { ":v": { N: "5" } }, { a: { N: "5" } }],
    ["ADD a :v", { a: { N: "-5" } }, { ":v": { N: "7" } }, { a: { N: "2" } }],
    ["ADD s :v", { s: { SS: ["a"] } }, { ":v": { SS: ["a", "b"] } }, { s: { SS: ["a", "b"] } }],
    ["ADD s :v", { s: { NS: ["1"] } }, { ":v": { NS: ["1.0", "2"] } }, { s: { NS: ["1", "2"] } }],
    ["DELETE s :v", { s: { SS: ["a", "b"] } }, { ":v": { SS: ["b", "c"] } }, { s: { SS: ["a"] } }],
    ["DELETE s :v", { s: { SS: ["a"] } }, { ":v": { SS: ["a"] } }, {}],
    ["DELETE s :v", {}, { ":v": { SS: ["a"] } }, {}],
  ])("%s on %j with %j gives %j", (expression, before, values, expected) => {
    const item = { ...KEY, ...before };
    const untouched = structuredClone(item);

    expect(applyUpdate(parse(expression, values), item, KEY)).toEqual({ ...KEY, ...expected });
    expect(item).toEqual(untouched);
  });

  test("of nothing makes an item of the key and what is set", () => {
    expect(applyUpdate(parse("SET a = :v", { ":v": { N: "1" } }), undefined, KEY)).toEqual({ ...KEY, a: { N: "1" } });
  });

  test.each<[string, Item, Record<string, AttributeValue> | undefined, RegExp]>([
    [
      "SET m.x.y = :v",
      { m: { M: {} } },
      { ":v": { N: "1" } },
      /document path provided in the update expression is invalid/,
    ],
    ["SET a[0] = :v", { a: { M: {} } }, { ":v": { N: "1" } }, /document path provided/],
    ["SET a = b", {}, undefined, /attribute that does not exist in the item/],
    ["ADD a :v", { a: { S: "x" } }, { ":v": { N: "1" } }, /incorrect data type/],
    ["ADD s :v", { s: { SS: ["x"] } }, { ":v": { NS: ["1"] } }, /incorrect data type/],
    [
      "SET a = a + :v",
      { a: { N: "12345678901234567890123456789012345678" } },
      { ":v": { N: "0.1" } },
      /38 significant/,
    ],
  ])("%s on %j with %j is refused", (expression, before, values, message) => {
    expect(() => applyUpdate(parse(expression, values), { ...KEY, ...before }, KEY)).toThrow(message);
  });
});
