import { describe, expect, it } from "vitest";
import {
  decodeOutcome,
  encodeOutcome,
  isSettled,
  type JsonOutcome,
  type Outcome,
} from "../../../functions/repair/outcome.ts";
import { item } from "./support/items.ts";

const BASE = { key: '["a"]', action: "delete", attempt: 1, at: "2026-11-20T03:00:00.000Z", doubtful: false } as const;
const SETTLED: readonly Outcome[] = [
  { ...BASE, outcome: "written" },
  { ...BASE, outcome: "already", doubtful: true },
  { ...BASE, outcome: "expired" },
  { ...BASE, outcome: "unwritable", message: "too big" },
  { ...BASE, outcome: "conflict", reason: "changed-since-plan" },
  { ...BASE, outcome: "conflict", reason: "put-back", image: item({ b: { B: Uint8Array.from([255]) } }) },
];
const UNSETTLED: readonly Outcome[] = [
  { ...BASE, outcome: "deleted-unlike-plan", image: item({ a: 1 }) },
  { ...BASE, outcome: "conflict", reason: "freeze-not-proven" },
];

describe("an outcome", () => {
  it.each([...SETTLED, ...UNSETTLED])("comes back from JSON as it was: $outcome", (outcome) => {
    expect(decodeOutcome(JSON.parse(JSON.stringify(encodeOutcome(outcome))) as JsonOutcome)).toEqual(outcome);
  });

  it("is settled unless something is still to be done", () => {
    expect(SETTLED.every(isSettled)).toBe(true);
    expect(UNSETTLED.some(isSettled)).toBe(false);
  });
});
