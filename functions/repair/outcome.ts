import type { Item } from "../items/item.ts";
import { decodeItem, encodeItem, type JsonItem } from "../items/item-json.ts";

/** Why a repair that was planned was not carried out. */
export const WRITE_CONFLICT_REMEDIES = {
  "already-taken": "another repair of this incident took the difference first, or may have: look at its report",
  "changed-since-plan": "somebody wrote the item after the plan had read it: plan it again",
  "delete-unseen": "an earlier try may have deleted it, and nobody saw what it held: look at it by hand",
  "freeze-not-proven": "a delete without a versionAttribute needs the table frozen: freeze it and run again",
  "put-back":
    "it was deleted, turned out to hold something that the plan had not seen, and was put back: plan it again",
  "put-back-refused":
    "it was deleted, held something that the plan had not seen, and somebody created it again first: compare by hand",
} as const;
export type WriteConflictReason = keyof typeof WRITE_CONFLICT_REMEDIES;

interface Attempted {
  /** Canonical key of the item. */
  readonly key: string;
  readonly action: "update" | "put" | "delete";
  /** 1 for the first attempt at the part. */
  readonly attempt: number;
  /** ISO 8601. */
  readonly at: string;
  /** A write of ours may have taken effect without an answer: undo does not take such an item for ours. */
  readonly doubtful: boolean;
}

/** What became of one repair in one attempt. The last one recorded for a key counts. */
export type Outcome = Attempted &
  (
    | { readonly outcome: "written" }
    | { readonly outcome: "already" }
    | { readonly outcome: "expired" }
    | { readonly outcome: "unwritable"; readonly message: string }
    /** Deleted, but it was not what the plan saw: it is still to be put back. */
    | { readonly outcome: "deleted-unlike-plan"; readonly image: Item }
    | { readonly outcome: "conflict"; readonly reason: WriteConflictReason; readonly image?: Item }
  );

/** What is said about a repair, without who and when. */
export type Verdict = Outcome extends infer One ? (One extends Outcome ? Omit<One, keyof Attempted> : never) : never;

/** True if nothing is left to do for this key: another attempt skips it. */
export function isSettled(outcome: Outcome): boolean {
  if (outcome.outcome === "deleted-unlike-plan") return false;
  return !(outcome.outcome === "conflict" && outcome.reason === "freeze-not-proven");
}

export type JsonOutcome = Omit<Outcome, "image"> & { readonly image?: JsonItem };

export function encodeOutcome(outcome: Outcome): JsonOutcome {
  return "image" in outcome && outcome.image
    ? { ...outcome, image: encodeItem(outcome.image) }
    : (outcome as JsonOutcome);
}

export function decodeOutcome(json: JsonOutcome): Outcome {
  return (json.image ? { ...json, image: decodeItem(json.image) } : json) as Outcome;
}
