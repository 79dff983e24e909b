import type { KeySchema } from "../items/key.ts";

/** What the incident did to an item, as two images show it; `reset`: deleted on request, whatever it holds. */
export type ChangeKind = "updated" | "deleted" | "created" | "reset";

/** One group of changes that somebody picked as damage. Groups that are not picked are taken for good writes. */
export interface GroupChoice {
  readonly kind: ChangeKind;
  /** `updated`: exactly the changed attributes of the group. `deleted` and `created` have none: the kind is chosen. */
  readonly attributes: readonly string[];
  /** Which of the changed attributes to revert; all of them when left out. */
  readonly revert?: readonly string[];
  /** Only items whose key has this shape; any when left out. */
  readonly keyShape?: string;
}

/** Every rule that decides what is done to an item. Plain JSON: it is stored and hashed with the plan. */
export interface RepairRules {
  readonly keySchema: KeySchema;
  /**
   * Concerns updates alone. `only` also says that changes of these attributes are damage; `except` merely narrows.
   * Attributes of `delta` and `set` must be among `only`: they are named.
   */
  readonly attributes?: {
    readonly only?: readonly string[];
    readonly except?: readonly string[];
    /** Counters: `live - (after - before)`. */
    readonly delta?: readonly string[];
    /** Attributes whose value was computed: the judgement of the item holds it. */
    readonly set?: readonly string[];
  };
  /** A predicate says which items are damaged: the judgement of each holds what it said. */
  readonly damagedWhen?: boolean;
  /**
   * `before` is older than the incident (an on-demand backup): a change since then may be good, and no image tells. What
   * the incident left says no more than if it were not known.
   */
  readonly beforeIsOlder?: boolean;
  /** Every item is deleted as it is, so that the application makes it anew. */
  readonly deleteOnly?: boolean;
  /** What to do about an attribute that was changed by the incident and by somebody since. */
  readonly conflicts: "skip" | "merge" | "overwrite" | "fail";
  /** What to do about items that the incident created. A chosen group of kind `created` means delete in any case. */
  readonly created: "report" | "delete";
  /** The selection of the request or the approver. When given, it alone decides what is damage. */
  readonly groups?: readonly GroupChoice[];
  /** What the request named. Only `keys` makes a change a damage; `tenants` narrows and selects nothing. */
  readonly selection: "none" | "keys" | "tenants";
  /** The request or the approver said `accept: "may-lose-good-writes"`. */
  readonly acceptMayLoseGoodWrites: boolean;
  /** Raised by every write of ours, never reverted, and left out of equality, signatures and conflicts. */
  readonly versionAttribute?: string;
  readonly ttlAttribute?: string;
  /** Epoch seconds of the planning, against which TTL is judged; the writer judges again by its own clock. */
  readonly now: number;
}

/** The rules of a request that names nothing: safe for every field. */
export const SAFE_DEFAULTS = {
  conflicts: "skip",
  created: "report",
  selection: "none",
  acceptMayLoseGoodWrites: false,
} as const satisfies Partial<RepairRules>;
