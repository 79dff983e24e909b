import { expect, test } from "vitest";
import { isOurs } from "../../../functions/evidence/journal-authorship.ts";
import type { Outcome } from "../../../functions/repair/outcome.ts";

type Said = Partial<Outcome> & { readonly outcome: Outcome["outcome"] };

const outcome = (said: Said, index: number): Outcome =>
  ({
    key: "k",
    action: "update",
    attempt: index + 1,
    at: `2026-11-20T02:0${index}:00Z`,
    doubtful: false,
    ...said,
  }) as Outcome;

test.each<[string, "yes" | "maybe" | "no", readonly Said[]]>([
  ["written under its guard", "yes", [{ outcome: "written" }]],
  [
    "written by a later attempt: its guard held, so no earlier one had taken effect",
    "yes",
    [{ outcome: "written", attempt: 3 }],
  ],
  ["of which no attempt recorded anything", "maybe", []],
  [
    "found as planned by a retry, which can't tell whose write it was",
    "maybe",
    [{ outcome: "already", doubtful: true }],
  ],
  ["found as planned at the first try: somebody else wrote the same", "no", [{ outcome: "already" }]],
  ["changed since the plan", "no", [{ outcome: "conflict", reason: "changed-since-plan" }]],
  [
    "changed since an attempt that nobody recorded",
    "maybe",
    [{ outcome: "conflict", reason: "changed-since-plan", doubtful: true }],
  ],
  ["deleted, without a word whether it was put back", "maybe", [{ outcome: "deleted-unlike-plan", image: {} }]],
  [
    "deleted and put back",
    "no",
    [
      { outcome: "deleted-unlike-plan", image: {} },
      { outcome: "conflict", reason: "put-back" },
    ],
  ],
  [
    "held back until the freeze was proven, then deleted",
    "yes",
    [{ outcome: "conflict", reason: "freeze-not-proven" }, { outcome: "written" }],
  ],
  ["too big to be written", "no", [{ outcome: "unwritable", message: "too big" }]],
])("an item that was %s: %s", (_, expected, said) => {
  expect(isOurs(said.map(outcome))).toBe(expected);
});
