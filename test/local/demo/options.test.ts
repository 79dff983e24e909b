import { describe, expect, it } from "vitest";
import { DemoUsageError, parseOptions } from "../../../local/demo/options.ts";

describe("the demo's options", () => {
  it("play 5,000 items and the first incident by default", () => {
    expect(parseOptions([])).toEqual({ items: 5000, seed: 1, json: false });
  });

  it("choose size, incident and output", () => {
    expect(parseOptions(["--items", "50000", "--seed", "7", "--json"])).toEqual({ items: 50_000, seed: 7, json: true });
  });

  it("choose a story, whose table has a size of its own", () => {
    expect(parseOptions(["--story", "counter"])).toEqual({ story: "counter", items: 2000, seed: 1, json: false });
    expect(parseOptions(["--story", "big", "--items", "20000"])).toMatchObject({ story: "big", items: 20_000 });
  });

  it("ask for help", () => {
    expect(parseOptions(["--help"])).toBe("help");
  });

  it.each([
    [["--items", "12"], "--items"],
    [["--items", "1e4"], "--items"],
    [["--seed", "-1"], "--seed"],
    [["--seed", "x"], "--seed"],
    [["--sede", "1"], "--sede"],
    [["--story", "tiny"], "big, tenant, deleted, merge, counter"],
    [["extra"], "extra"],
  ])("refuse %j and name %s", (args, named) => {
    expect(() => parseOptions(args)).toThrow(DemoUsageError);
    expect(() => parseOptions(args)).toThrow(named);
  });
});
