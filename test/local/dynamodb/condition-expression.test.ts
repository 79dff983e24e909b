import { describe, expect, test } from "vitest";
import type { AttributeValue, Item } from "../../../local/dynamodb/attribute-value.ts";
import { evaluateCondition } from "../../../local/dynamodb/condition-expression.ts";

const DIGITS = "12345678901234567890123456789012345678";

const item: Item = {
  pk: { S: "p#1" },
  word: { S: "banana" },
  one: { N: "1" },
  digits: { N: DIGITS },
  bytes: { B: "AAEC" },
  yes: { BOOL: true },
  nil: { NULL: true },
  words: { SS: ["a", "b", "c"] },
  numbers: { NS: ["1", "2.5"] },
  binaries: { BS: ["AAE=", "AgM="] },
  list: { L: [{ S: "x" }, { N: "2" }, { M: { deep: { L: [{ N: "1.0" }] } } }] },
  tree: { M: { a: { N: "1" }, b: { M: { c: { SS: ["z", "y"] } } }, constructor: { S: "own" } } },
  blank: { S: "" },
  emptyMap: { M: {} },
  emptyList: { L: [] },
};

const cases: readonly (readonly [string, Readonly<Record<string, AttributeValue>>, boolean])[] = [
  ["attribute_exists(pk)", {}, true],
  ["attribute_exists(tree.b.c)", {}, true],
  ["attribute_exists(tree.b.gone)", {}, false],
  ["attribute_exists(#list[2].deep[0])", {}, true],
  ["attribute_exists(#list[9])", {}, false],
  ["attribute_not_exists(gone)", {}, true],
  ["attribute_not_exists(#proto)", {}, true],
  ["attribute_not_exists(pk)", {}, false],
  ["attribute_exists(blank)", {}, true],
  ["one = :v", { ":v": { N: "1.0" } }, true],
  ["one = :v", { ":v": { N: "1e0" } }, true],
  ["one = :v", { ":v": { S: "1" } }, false],
  ["digits = :v", { ":v": { N: DIGITS } }, true],
  ["digits = :v", { ":v": { N: `${DIGITS.slice(0, -1)}9` } }, false],
  ["digits > :v", { ":v": { N: `${DIGITS.slice(0, -1)}7` } }, true],
  ["digits < :v", { ":v": { N: `${DIGITS.slice(0, -1)}9` } }, true],
  ["word = :v", { ":v": { S: "banana" } }, true],
  ["word <> :v", { ":v": { S: "banana" } }, false],
  ["gone <> :v", { ":v": { S: "banana" } }, true],
  ["gone = :v", { ":v": { S: "banana" } }, false],
  ["blank = :v", { ":v": { S: "" } }, true],
  ["bytes = :v", { ":v": { B: Uint8Array.of(0, 1, 2) } }, true],
  ["bytes = :v", { ":v": { B: "AAED" } }, false],
  ["bytes < :v", { ":v": { B: "AAED" } }, true],
  ["yes = :v", { ":v": { BOOL: true } }, true],
  ["yes = :v", { ":v": { BOOL: false } }, false],
  ["nil = :v", { ":v": { NULL: true } }, true],
  ["words = :v", { ":v": { SS: ["c", "a", "b"] } }, true],
  ["words = :v", { ":v": { SS: ["a", "b"] } }, false],
  ["words = :v", { ":v": { SS: ["a", "b", "d"] } }, false],
  ["numbers = :v", { ":v": { NS: ["2.50", "1.0"] } }, true],
  ["binaries = :v", { ":v": { BS: ["AgM=", "AAE="] } }, true],
  ["#list = :v", { ":v": { L: [{ S: "x" }, { N: "2.0" }, { M: { deep: { L: [{ N: "1" }] } } }] } }, true],
  ["#list = :v", { ":v": { L: [{ N: "2" }, { S: "x" }, { M: { deep: { L: [{ N: "1" }] } } }] } }, false],
  ["#list = :v", { ":v": { L: [{ S: "x" }, { N: "2" }] } }, false],
  ["emptyList = :v", { ":v": { L: [] } }, true],
  ["emptyMap = :v", { ":v": { M: {} } }, true],
  ["emptyMap = :v", { ":v": { L: [] } }, false],
  ["tree.b = :v", { ":v": { M: { c: { SS: ["y", "z"] } } } }, true],
  ["tree.b = :v", { ":v": { M: { c: { SS: ["y", "z"] }, d: { N: "1" } } } }, false],
  ["tree.b = :v", { ":v": { M: {} } }, false],
  ["tree.a = one", {}, true],
  ["tree.a < #list[1]", {}, true],
  ["word < :v", { ":v": { S: "bananb" } }, true],
  ["word <= :v", { ":v": { S: "banana" } }, true],
  ["word >= :v", { ":v": { S: "banan" } }, true],
  ["word > :v", { ":v": { N: "1" } }, false],
  ["one BETWEEN :low AND :high", { ":low": { N: "0.9" }, ":high": { N: "1.00" } }, true],
  ["one BETWEEN :low AND :high", { ":low": { N: "1.1" }, ":high": { N: "3" } }, false],
  ["gone BETWEEN :low AND :high", { ":low": { N: "1" }, ":high": { N: "3" } }, false],
  ["one IN (:a, :b)", { ":a": { N: "5" }, ":b": { N: "1.00" } }, true],
  ["one IN (:a, :b)", { ":a": { N: "5" }, ":b": { S: "1" } }, false],
  ["attribute_type(#list, :v)", { ":v": { S: "L" } }, true],
  ["attribute_type(#list, :v)", { ":v": { S: "M" } }, false],
  ["begins_with(word, :v)", { ":v": { S: "ban" } }, true],
  ["begins_with(bytes, :v)", { ":v": { B: "AAE=" } }, true],
  ["begins_with(one, :v)", { ":v": { S: "1" } }, false],
  ["contains(word, :v)", { ":v": { S: "nan" } }, true],
  ["contains(words, :v)", { ":v": { S: "b" } }, true],
  ["contains(words, :v)", { ":v": { S: "bb" } }, false],
  ["contains(numbers, :v)", { ":v": { N: "2.50" } }, true],
  ["contains(binaries, :v)", { ":v": { B: "AgM=" } }, true],
  ["contains(bytes, :v)", { ":v": { B: "AQI=" } }, true],
  ["contains(#list, :v)", { ":v": { M: { deep: { L: [{ N: "1" }] } } } }, true],
  ["contains(one, :v)", { ":v": { N: "1" } }, false],
  ["size(word) = :v", { ":v": { N: "6" } }, true],
  ["size(words) > :v", { ":v": { N: "2" } }, true],
  ["size(bytes) = :v", { ":v": { N: "3" } }, true],
  ["size(tree) = :v", { ":v": { N: "3" } }, true],
  ["size(blank) = :v", { ":v": { N: "0" } }, true],
  ["size(gone) >= :v", { ":v": { N: "0" } }, false],
  ["one = :v AND word = :w", { ":v": { N: "1" }, ":w": { S: "banana" } }, true],
  ["one = :v AND word = :w", { ":v": { N: "1" }, ":w": { S: "x" } }, false],
  ["one = :v OR word = :w", { ":v": { N: "2" }, ":w": { S: "banana" } }, true],
  ["NOT one = :v", { ":v": { N: "1" } }, false],
  ["NOT (one = :v OR attribute_exists(gone))", { ":v": { N: "2" } }, true],
  ["one = :v OR one = :w AND attribute_exists(gone)", { ":v": { N: "1" }, ":w": { N: "1" } }, true],
  ["(one = :v OR one = :w) AND attribute_exists(gone)", { ":v": { N: "1" }, ":w": { N: "1" } }, false],
];

const allNames = { "#list": "list", "#proto": "constructor" };

function namesIn(expression: string): Record<string, string> | undefined {
  const used = Object.entries(allNames).filter(([name]) => expression.includes(name));
  return used.length === 0 ? undefined : Object.fromEntries(used);
}

function conditionOf(expression: string, values: Readonly<Record<string, AttributeValue>>, on: Item | undefined) {
  return evaluateCondition(expression, namesIn(expression), Object.keys(values).length === 0 ? undefined : values, on);
}

describe("a condition", () => {
  test.each(cases)("%s with %j is %s", (expression, values, expected) => {
    expect(conditionOf(expression, values, item)).toBe(expected);
  });

  test.each([
    ["attribute_exists(pk)", {}, false],
    ["attribute_not_exists(pk)", {}, true],
    ["one = :v", { ":v": { N: "1" } }, false],
    ["one <> :v", { ":v": { N: "1" } }, true],
    ["NOT one = :v", { ":v": { N: "1" } }, true],
  ] as const)("%s with %j on an absent item is %s", (expression, values, expected) => {
    expect(conditionOf(expression, values, undefined)).toBe(expected);
  });

  test("leaves the values that it was given as they were", () => {
    const values = { ":v": { N: "1.00" } };

    evaluateCondition("one = :v", undefined, values, item);

    expect(values).toEqual({ ":v": { N: "1.00" } });
  });
});

describe("a bad condition is refused as AWS words it", () => {
  test.each([
    ["one =", undefined, undefined, /Invalid ConditionExpression: Syntax error/],
    ["one = :v", undefined, undefined, /attribute value used in expression is not defined; attribute value: :v/],
    ["#x = :v", undefined, { ":v": { N: "1" } }, /attribute name used in the document path is not defined/],
    ["list = :v", undefined, { ":v": { N: "1" } }, /reserved keyword: list/],
    ["one = :v", undefined, { ":v": { N: "1" }, ":w": { N: "1" } }, /unused in expressions: keys: \{:w\}/],
    [
      "one = :v",
      { "#n": "word" },
      { ":v": { N: "1" } },
      /ExpressionAttributeNames unused in expressions: keys: \{#n\}/,
    ],
    ["one < :v", undefined, { ":v": { BOOL: true } }, /Incorrect operand type.*operator: <, operand type: BOOL/],
    ["sighs(one)", undefined, undefined, /Invalid function name; function: sighs/],
    ["one = one", undefined, undefined, /first operand must be distinct/],
    ["((one = :v))", undefined, { ":v": { N: "1" } }, /redundant parentheses/],
    ["one = :v", undefined, { ":v": { N: `${DIGITS}9` } }, /more than 38 significant digits/],
  ] as const)("%s", (expression, names, values, message) => {
    expect(() => evaluateCondition(expression, names, values, item)).toThrow(message);
  });

  test("4096 bytes are taken and 4097 are not", () => {
    const padded = (bytes: number) => `one = :v${" ".repeat(bytes - 8)}`;

    expect(evaluateCondition(padded(4096), undefined, { ":v": { N: "1" } }, item)).toBe(true);
    expect(() => evaluateCondition(padded(4097), undefined, { ":v": { N: "1" } }, item)).toThrow(
      "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097",
    );
  });

  test("300 operators are taken and 301 are not", () => {
    const comparisons = (count: number) => Array.from({ length: count }, () => "one=:v").join(" AND ");

    // 150 comparisons and 149 ANDs, and a NOT to make 300.
    expect(
      evaluateCondition(`${comparisons(149)} AND NOT one=:w`, undefined, { ":v": { N: "1" }, ":w": { N: "2" } }, item),
    ).toBe(true);
    expect(() => evaluateCondition(comparisons(151), undefined, { ":v": { N: "1" } }, item)).toThrow(
      "Invalid ConditionExpression: The expression contains too many operators; operator count: 301",
    );
  });

  test("101 values of IN are refused", () => {
    const values = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`:v${index}`, { N: `${index}` }]));

    expect(() => evaluateCondition(`one IN (${Object.keys(values).join(",")})`, undefined, values, item)).toThrow(
      /IN operator is provided with too many operands; number of operands: 101/,
    );
  });
});
