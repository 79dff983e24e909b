import { describe, expect, test } from "vitest";
import { FigureUsageError, parseOptions } from "../../bench/options.ts";

describe("options of the figures", () => {
  test("measure 500 and 50,000 items unless told otherwise", () => {
    expect(parseOptions([])).toEqual({ items: [500, 50_000], json: false, evidence: false });
  });

  test("take any sizes and print JSON", () => {
    expect(parseOptions(["--items", "7,80", "--json"])).toEqual({ items: [7, 80], json: true, evidence: false });
  });

  test.each([
    ["--items", "0"],
    ["--items", "5,"],
    ["--items", "many"],
    ["--sizes", "5"],
  ])("refuse %s %s and say so", (...args) => {
    expect(() => parseOptions(args)).toThrow(FigureUsageError);
  });
});
