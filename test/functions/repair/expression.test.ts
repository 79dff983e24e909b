import { describe, expect, it } from "vitest";
import { computedValue } from "../../../functions/repair/computed-value.ts";
import { compileExpression, ExpressionFailed, InvalidExpression } from "../../../functions/repair/expression.ts";

const input = { key: { id: "1" }, before: { total: 5 }, after: { total: "NaN" }, live: { total: "NaN" } };

describe("an expression of a request", () => {
  it("sees key, before, after and live", async () => {
    const text = "key.id = '1' and $type(after.total) = 'string' and before.total = 5 and $exists(live)";
    expect(await compileExpression(text).evaluate(input)).toBe(true);
  });

  it("can be asked about many items, one after the other", async () => {
    const expression = compileExpression("before.total > 3");
    expect(await expression.evaluate(input)).toBe(true);
    expect(await expression.evaluate({ key: {}, before: { total: 1 } })).toBe(false);
    expect(await expression.evaluate({ key: {} })).toBeUndefined();
  });

  it.each(["before.", "$foo(", "'open", "a b"])("that is none (%j) is refused, and where", (text) => {
    expect(() => compileExpression(text)).toThrow(InvalidExpression);
    expect(() => compileExpression(text)).toThrow(/character \d+/);
  });

  it("that fails for an item says so without a value of it", async () => {
    const failing = compileExpression("$number(after.total) > 1").evaluate({ key: {}, after: { total: "secret" } });
    await expect(failing).rejects.toThrow(ExpressionFailed);
    await expect(failing).rejects.not.toThrow(/secret/);
  });

  it("that calls itself without end is stopped", async () => {
    const endless = compileExpression("($f := function($n) { 1 + $f($n + 1) }; $f(1))").evaluate(input);
    await expect(endless).rejects.toThrow(/without recursion/);
  });

  it("that loops without end is stopped by the clock", async () => {
    const endless = compileExpression("($f := function($n) { $f($n + 1) }; $f(1))").evaluate(input);
    await expect(endless).rejects.toThrow(/more than 1000 ms/);
  });

  it.each(["$match(key.text, /(a+)+$/)", "$contains(key.text, /^(\\w+\\s?)*$/)", "$replace(key.text, /(a|aa)+$/, '')"])(
    "with a pattern that takes for ever (%s) is stopped, and says which",
    async (text) => {
      const key = { text: `${"a".repeat(60)}!` };
      await expect(compileExpression(text).evaluate({ key })).rejects.toThrow(/more than 250 ms.*simpler one/);
      expect(await compileExpression(text).evaluate({ key: { text: "aa" } })).toBeDefined();
    },
  );

  it("matches, splits and replaces by patterns as ever", async () => {
    const evaluate = (text: string) => compileExpression(text).evaluate({ key: { text: "a1b22" } });
    expect(await evaluate("$join($match(key.text, /[0-9]+/).match, '|')")).toBe("1|22");
    expect(await evaluate("$join($split(key.text, /[0-9]+/), '|')")).toBe("a|b|");
    expect(await evaluate("$replace(key.text, /([a-z])/, '<$1>')")).toBe("<a>1<b>22");
    expect(await evaluate("$contains(key.text, /B/i)")).toBe(true);
  });

  it.each(["$pad('x', 500000000)", "[1..5000000]", "$reduce([1..40], function($a, $b) { $a & $a }, 'xxxx')"])(
    "that makes too large a value (%s) is stopped",
    async (text) => {
      await expect(compileExpression(text).evaluate(input)).rejects.toThrow(/more than 1000000 characters/);
    },
  );

  it.each(["or", "&", "+"])("may be a chain of hundreds of terms with %s: that is no recursion", async (operator) => {
    const term = operator === "or" ? "false" : "1";
    const chain = Array.from({ length: 600 }, () => term).join(operator === "or" ? " or " : operator);
    expect(await compileExpression(chain).evaluate(input)).toBeDefined();
  });

  it("pads as JSONata does", async () => {
    const evaluate = (text: string) => compileExpression(text).evaluate(input);
    expect(await evaluate("[$pad('x', 3), $pad('x', -3, '#'), $pad('long', 2)]")).toEqual(["x  ", "##x", "long"]);
    expect(await evaluate("$pad(key.none, 3)")).toBeUndefined();
  });

  it("can't make code of data", async () => {
    await expect(compileExpression("$eval(key.code)").evaluate({ key: { code: "1+1" } })).rejects.toThrow(
      ExpressionFailed,
    );
  });
});

describe("what an expression computes", () => {
  it.each([
    ["a number", 12.5, undefined, { N: "12.5" }],
    ["text", "a", undefined, { S: "a" }],
    ["text in place of a number", "12345678901234567890.25", { N: "1" }, { N: "12345678901234567890.25" }],
    ["text that is no number in place of one", "n/a", { N: "1" }, { S: "n/a" }],
    ["text in place of binary", "AQI=", { B: new Uint8Array([9]) }, { B: new Uint8Array([1, 2]) }],
    ["true", true, undefined, { BOOL: true }],
    ["null", null, undefined, { NULL: true }],
    ["an array", [1, "a"], undefined, { L: [{ N: "1" }, { S: "a" }] }],
    ["an array in place of a set of text", ["a", "b", "a"], { SS: ["z"] }, { SS: ["a", "b"] }],
    ["an array in place of a set of numbers", [1, "2"], { NS: ["9"] }, { NS: ["1", "2"] }],
    ["an object", { a: [null] }, undefined, { M: { a: { L: [{ NULL: true }] } } }],
    ["nothing", undefined, { S: "a" }, null],
  ])("%s becomes an attribute", (_, result, like, expected) => {
    expect(computedValue(result, like)).toEqual(expected);
  });

  it("that no attribute can hold is refused", () => {
    expect(() => computedValue(() => 1, undefined)).toThrow(ExpressionFailed);
    expect(() => computedValue(Number.POSITIVE_INFINITY, undefined)).toThrow(ExpressionFailed);
  });
});
