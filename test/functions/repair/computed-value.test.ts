import { describe, expect, test } from "vitest";
import { computedValue } from "../../../functions/repair/computed-value.ts";
import { compileExpression } from "../../../functions/repair/expression.ts";

const evaluate = (text: string, live: Record<string, string[]>) => compileExpression(text).evaluate({ key: {}, live });

describe("what is left of a set", () => {
  test("stays a set, though JSONata gives the one value that is left", async () => {
    const left = await evaluate("live.tags[$ != 'x']", { tags: ["a", "x"] });

    expect(computedValue(left, { SS: ["a", "x"] })).toEqual({ SS: ["a"] });
    expect(computedValue(1, { NS: ["1", "2"] })).toEqual({ NS: ["1"] });
    expect(computedValue("AQ==", { BS: [new Uint8Array([1]), new Uint8Array([2])] })).toEqual({
      BS: [new Uint8Array([1])],
    });
  });

  test("is a value where the incident made a set of what was none", () => {
    expect(computedValue("a", { SS: ["a", "x"] }, { S: "a" })).toEqual({ S: "a" });
  });
});

test("a list of one stays a list where the expression says so", async () => {
  const left = await evaluate("live.tags[$ != 'x'][]", { tags: ["a", "x"] });
  expect(computedValue(left, { L: [{ S: "a" }, { S: "x" }] })).toEqual({ L: [{ S: "a" }] });
});
