import { describe, expect, test } from "vitest";
import { addPart, KEYS_IN_SUMMARY, noRepairs } from "../../../functions/apply/repair-summary.ts";
import type { VerifiedPart } from "../../../functions/apply/verify-entries.ts";
import { encodeItem } from "../../../functions/items/item-json.ts";
import { keyAt } from "../support/steps-world.ts";

const part = (left: number): VerifiedPart => ({
  part: "p",
  outcomes: { written: 3, conflict: 1 },
  verified: { "as-planned": 3, "changed-since": 1, "not-repaired": 0 },
  notWritten: { created: 2 },
  left: Array.from({ length: left }, (_, index) => ({ key: encodeItem(keyAt(index)), reason: "conflict: mixed" })),
  created: [encodeItem(keyAt(1)), encodeItem(keyAt(2))],
  expired: [{ key: encodeItem(keyAt(3)), image: encodeItem(keyAt(3)) }],
  notAsPlanned: 1,
});

describe("the summary of a repair", () => {
  test("adds its parts up", () => {
    const summary = [part(1), part(2)].reduce(addPart, noRepairs("h"));

    expect(summary).toMatchObject({
      planHash: "h",
      outcomes: { written: 6, conflict: 2 },
      verified: { "as-planned": 6, "changed-since": 2, "not-repaired": 0 },
      notWritten: { created: 4 },
      notAsPlanned: 2,
      leftCount: 3,
      createdCount: 4,
      expiredCount: 2,
    });
    expect(summary.left).toHaveLength(3);
  });

  test("holds so many keys and no more, but counts them all", () => {
    const summary = [part(400), part(400), part(400)].reduce(addPart, noRepairs("h"));

    expect(summary.left).toHaveLength(KEYS_IN_SUMMARY);
    expect(summary.leftCount).toBe(1200);
  });

  test("of nothing is nothing", () => {
    expect(noRepairs("h")).toMatchObject({ outcomes: {}, leftCount: 0, createdCount: 0, notAsPlanned: 0 });
  });
});
