import fc from "fast-check";
import { describe, it } from "vitest";
import { randomCourse } from "./support/arbitraries.ts";
import { checkItem } from "./support/check-plan.ts";
import { REAL_CORE } from "./support/core.ts";
import { CASES } from "./support/runs.ts";

describe("any item with attributes of any type, and any bug and good writers", () => {
  it("is repaired where it can be decided, keeps what somebody wrote, and needs no second repair", async () => {
    await fc.assert(
      fc.asyncProperty(randomCourse, ({ images, meanwhile, rules }) => checkItem(REAL_CORE, images, rules, meanwhile)),
      { numRuns: CASES },
    );
  }, 120_000);
});
