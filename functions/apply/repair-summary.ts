import type { JsonItem } from "../items/item-json.ts";
import type { Verification } from "../repair/verify-repair.ts";
import type { LeftForDecision, VerifiedPart } from "./verify-entries.ts";

/** How many keys of each list a summary holds; all of them stand in the results of the parts. */
export const KEYS_IN_SUMMARY = 1000;

/** What became of the whole plan: `results/<planHash>/repairs.json`. */
export interface RepairSummary {
  readonly planHash: string;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly verified: Readonly<Record<Verification, number>>;
  readonly notWritten: Readonly<Record<string, number>>;
  readonly notAsPlanned: number;
  readonly leftCount: number;
  /** The first {@link KEYS_IN_SUMMARY} of them. */
  readonly left: readonly LeftForDecision[];
  readonly createdCount: number;
  readonly created: readonly JsonItem[];
  /** Items that stay gone since their time had come. */
  readonly expiredCount: number;
}

export const noRepairs = (planHash: string): RepairSummary => ({
  planHash,
  outcomes: {},
  verified: { "as-planned": 0, "changed-since": 0, "not-repaired": 0 },
  notWritten: {},
  notAsPlanned: 0,
  leftCount: 0,
  left: [],
  createdCount: 0,
  created: [],
  expiredCount: 0,
});

export function addPart(summary: RepairSummary, part: VerifiedPart): RepairSummary {
  return {
    ...summary,
    outcomes: addCounts(summary.outcomes, part.outcomes),
    verified: {
      "as-planned": summary.verified["as-planned"] + part.verified["as-planned"],
      "changed-since": summary.verified["changed-since"] + part.verified["changed-since"],
      "not-repaired": summary.verified["not-repaired"] + part.verified["not-repaired"],
    },
    notWritten: addCounts(summary.notWritten, part.notWritten),
    notAsPlanned: summary.notAsPlanned + part.notAsPlanned,
    leftCount: summary.leftCount + part.left.length,
    left: [...summary.left, ...part.left].slice(0, KEYS_IN_SUMMARY),
    createdCount: summary.createdCount + part.created.length,
    created: [...summary.created, ...part.created].slice(0, KEYS_IN_SUMMARY),
    expiredCount: summary.expiredCount + part.expired.length,
  };
}

function addCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum = new Map(Object.entries(a));
  for (const [name, count] of Object.entries(b)) sum.set(name, (sum.get(name) ?? 0) + count);
  return Object.fromEntries(sum);
}
