import { describe, expect, test } from "vitest";
import { estimatePlan, estimateRepair, evidenceUsd } from "../../../functions/plan/estimate.ts";

describe("the estimate of a repair", () => {
  test("of nothing is nothing", () => {
    expect(estimateRepair({ items: 0, writeUnits: 0 }, 8)).toMatchObject({ usd: 0, minutes: { from: 0, to: 0 } });
  });

  test("of a million items of 1 KB is a few dollars at most, and minutes", () => {
    const { usd, minutes } = estimateRepair({ items: 1_000_000, writeUnits: 1_000_000 }, 8);

    expect(usd).toBeGreaterThan(0.75);
    expect(usd).toBeLessThan(3);
    expect(minutes.from).toBeGreaterThan(1_000_000 / 4000 / 60);
    expect(minutes.to).toBeGreaterThan(1_000_000 / 1000 / 60);
  });

  test.each([
    [1, 1],
    [500, 700],
    [90_000, 4_000_000],
  ])("of %i items and %i write units has a range, and its lower end first", (items, writeUnits) => {
    const { minutes } = estimateRepair({ items, writeUnits }, 4);
    expect(minutes.from).toBeLessThan(minutes.to);
  });

  test("grows with the size of the items, not with their number alone", () => {
    const small = estimateRepair({ items: 1000, writeUnits: 1000 }, 8);
    const large = estimateRepair({ items: 1000, writeUnits: 400_000 }, 8);
    expect(large.usd).toBeGreaterThan(small.usd);
    expect(large.minutes.to).toBeGreaterThan(small.minutes.to);
  });
});

describe("what evidence costs", () => {
  test("goes by what an export processed, and by the size of a restored table", () => {
    expect(evidenceUsd({ exported: 10 * 1024 ** 3 })).toBe(1);
    expect(evidenceUsd({ restored: 1024 ** 4 })).toBe(153.6);
  });
});

test("an estimate says of when and where its prices are, and what it leaves out", () => {
  const some = { items: 10, writeUnits: 10 };
  const estimate = estimatePlan({ asPlanned: some, allGroups: some }, 8);

  expect(estimate).toMatchObject({ currency: "USD", region: "us-east-1", pricesOf: "2026-11-20" });
  expect(estimate.assumptions.join()).toContain("index");
  expect(estimate).not.toHaveProperty("evidenceUsd");
});
