import type { EvidenceKind, Rules } from "../contracts.ts";
import type { KeysRecord } from "../key-sources/key-parts.ts";
import type { PlanCounts } from "../repair/plan-counts.ts";
import type { ChangeKind } from "../repair/rules.ts";
import type { Pin } from "../runtime/artifacts.ts";
import type { Estimate } from "./estimate.ts";
import type { NextRequests } from "./next-requests.ts";

/** One immutable object of a plan, `plan/<round>/<part>.json`, pinned by version and hash. */
export interface PlannedPart extends Pin {
  readonly part: string;
  readonly entries: number;
  /** Entries that a report lists though nothing was written: conflicts, and what stays gone. Missing: none. */
  readonly listed?: number;
  /** Fingerprints of its keys lie between these, both included. */
  readonly keys?: { readonly first: string; readonly last: string };
  /** Of an adopted plan: the recovery that made it, and in which round; the object stays where it is. */
  readonly of?: { readonly recoveryId: string; readonly round: number };
}

/** One entry that the trial may take: where it stands, and what kind of repair of which group it would be. */
export interface TrialCandidate {
  readonly part: string;
  readonly index: number;
  readonly group: string;
  readonly kind: ChangeKind;
}

/** What PlanPart leaves for SummarizePlan: `results/plan/<round>/<part>.json`. */
export interface PlanPartResult {
  readonly part: string;
  readonly counts: PlanCounts;
  readonly parts: readonly PlannedPart[];
  readonly candidates: readonly TrialCandidate[];
  /** By group: how many of its items could be deleted only while the table is frozen, should the group be chosen. */
  readonly deletesThatNeedFreeze: Readonly<Record<string, number>>;
}

/** `plan/<round>/plan.json`: what a person reads before saying yes. */
export interface PlanSummary {
  readonly recoveryId: string;
  readonly table: string;
  readonly round: number;
  readonly planHash: string;
  readonly plannedAt: string;
  /** Last good and last bad second, ISO 8601. */
  readonly restoreDateTime: string;
  readonly incidentEnd?: string;
  /** Where the images come from, and why from there. */
  readonly evidence: { readonly kind: EvidenceKind; readonly reason: string };
  readonly keys: Pick<KeysRecord, "source" | "collected" | "keys" | "untouched">;
  readonly rules: Rules;
  /** Nobody can tell the bug's changes from later good ones: approval takes the accept or a choice of groups. */
  readonly twoWay: boolean;
  readonly writes: number;
  readonly conflicts: number;
  readonly created: number;
  readonly counts: PlanCounts;
  readonly parts: number;
  readonly estimate: Estimate;
  readonly next: NextRequests;
  readonly sideEffects: readonly string[];
  readonly candidates: readonly TrialCandidate[];
  /** By group, as in {@link PlanPartResult}. */
  readonly deletesThatNeedFreeze: Readonly<Record<string, number>>;
}

/** Record `plan#<round>` of the recoveries table: no values, no keys. */
export interface PlanRecord
  extends Pick<
    PlanSummary,
    "round" | "planHash" | "plannedAt" | "twoWay" | "writes" | "conflicts" | "created" | "parts" | "estimate"
  > {
  /** Items of which a counter's difference is taken back. */
  readonly delta: number;
  readonly nearBoundary: number;
  readonly groups: number;
  /** Deletes of the plan as it stands that only a frozen table makes safe; a choice at approval counts its own. */
  readonly deletesThatNeedFreeze: number;
  /** The `plan.json` that people read before they say yes. */
  readonly summary: Pin;
}

/** Record of what a part of keys was planned to be, before the plan has its hash. */
export const planResultRecord = (round: number, part: string): string =>
  `plan-result#${String(round).padStart(4, "0")}#${part}`;

/** Record of one part of exactly this plan: which object and which bytes were planned; S3 alone can't change them. */
export const plannedPartRecord = (planHash: string, part: string): string => `${plannedParts(planHash)}${part}`;

/** What the names of the records of all parts of a plan begin with. */
export const plannedParts = (planHash: string): string => `plan-part#${planHash}#`;

/** True unless the key of this fingerprint can't stand in the part. */
export function mayHold({ keys }: Pick<PlannedPart, "keys">, fingerprint: string): boolean {
  return keys === undefined || (keys.first <= fingerprint && fingerprint <= keys.last);
}
