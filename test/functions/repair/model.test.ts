import { describe, expect, it } from "vitest";
import { checkItem } from "./support/check-plan.ts";
import { REAL_CORE } from "./support/core.ts";
import { courses, RULE_SETS } from "./support/small-domain.ts";

describe("two attributes with three values, a bug and a good writer in every order", () => {
  it.each(RULE_SETS)("%s: damage goes, good writes stay, and planning again finds nothing", async (_, rules) => {
    let count = 0;

    for (const { images, meanwhile } of courses(rules)) {
      await checkItem(REAL_CORE, images, rules, meanwhile);
      count += 1;
    }

    expect(count).toBe(11_000);
  });
});
