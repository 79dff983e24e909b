import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "../items/item.ts";

/** The values that a guard demands, as the plan saw them; `null` = the attribute must not exist. */
export type ExpectedValues = Readonly<Record<string, AttributeValue | null>>;

/** The versionAttribute of the table and the value that the plan saw on the item. */
export interface PlannedVersion {
  readonly attribute: string;
  readonly live: AttributeValue | null;
}

/** `attributes`: every expected value is compared. `version`: too many to compare, so the version stands for them. */
export type GuardMode = "attributes" | "version";

export interface UpdateRepair {
  readonly action: "update";
  readonly set: Item;
  readonly remove: readonly string[];
  /** The live value of each attribute in `set` and `remove`. */
  readonly expected: ExpectedValues;
  readonly guard: GuardMode;
  readonly version?: PlannedVersion;
  /** Changed by the incident and since; left as they are under `conflicts: "merge"`. */
  readonly left?: readonly string[];
  /** Changed by the incident and since; reverted nevertheless under `conflicts: "overwrite"`. */
  readonly overwritten?: readonly string[];
  /** Computed from what it is now, not put back: the difference of a counter, or a value by expression. */
  readonly computed?: readonly string[];
  /** Reverted without knowing whether the incident or a good write changed them. */
  readonly twoWay?: readonly string[];
}

export interface PutRepair {
  readonly action: "put";
  /** As it is written, its version raised. */
  readonly item: Item;
  readonly version?: PlannedVersion;
}

export interface DeleteRepair {
  readonly action: "delete";
  /** The whole item that the plan saw, version included. */
  readonly expected: Item;
  /** Further names seen in any image: the item must not have them. */
  readonly absent: readonly string[];
  readonly guard: GuardMode;
  readonly version?: PlannedVersion;
  /** Equality cannot see an added attribute: without a version to rely on, only a frozen table may lose an item. */
  readonly needsFreeze: boolean;
}

export type WritingRepair = UpdateRepair | PutRepair | DeleteRepair;

/** Why an item is left for a person to decide, and what that person can do. */
export const CONFLICT_REMEDIES = {
  "already-taken":
    "another repair of this incident took the attribute's difference or put it back, or may have: look at its report and decide by hand",
  attributes: "changed by the incident and again since: decide by key, or choose conflicts: merge or overwrite",
  "changed-since": "created by the incident and written since: decide by key",
  "after-unknown": "what the incident left is not known, so no difference can be taken: give incidentEnd",
  "deleted-since": "changed by the incident and deleted since: decide by key",
  "maybe-not-ours": "nobody recorded whether the write to be undone was ours: compare by hand",
  mixed: "shares a change with a chosen group, but was changed in other ways too: choose its group or decide by key",
  "not-a-number": "a counter of attributes.delta is not a number before, after and now: decide by key",
  recreated: "deleted by the incident and created again since: decide by key",
  "too-wide-to-guard": "too many attributes for one guarded write: declare a versionAttribute, or decide by key",
  "two-way": 'only two images are known: name attributes or groups, or accept: "may-lose-good-writes"',
  unselected: 'nothing says that this change is damage: choose its group, give keys, or accept: "may-lose-good-writes"',
  "whole-item": "created or deleted as a whole, while the decision names attributes: decide without attributes",
  "written-after-incident": "written after the incident ended: what it left is not known exactly; decide by key",
} as const;
export type ConflictReason = keyof typeof CONFLICT_REMEDIES;

export type Repair =
  | WritingRepair
  | { readonly action: "unchanged" }
  | { readonly action: "not-damaged" }
  | { readonly action: "conflict"; readonly reason: ConflictReason; readonly attributes?: readonly string[] }
  | { readonly action: "created" }
  | { readonly action: "expired" }
  | { readonly action: "unwritable"; readonly reason: "number-out-of-range" | "too-big" | "version-not-a-number" };

export type RepairAction = Repair["action"];

/** True for the three repairs that write to the table; all others leave the item as it is. */
export function isWrite(repair: Repair): repair is WritingRepair {
  return repair.action === "update" || repair.action === "put" || repair.action === "delete";
}

/**
 * True if the item is listed though nothing was written at all: it stays gone, or somebody has to decide about it. That
 * nothing selects a change is no news of the item; its group is shown.
 */
export function isListed(repair: Repair): boolean {
  if (repair.action === "expired" || repair.action === "unwritable") return true;
  return repair.action === "conflict" && repair.reason !== "unselected" && repair.reason !== "two-way";
}
