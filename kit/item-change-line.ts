/** The form of one line of a change log: what `logItemChange` writes, and what the key source `logs` looks for. */

/** Stands in every line as `kind`, so that a query never takes another line for one of these. */
export const ITEM_CHANGE = "item-change";

export type ItemChangeAction = "create" | "update" | "delete";

/** An attribute of a key as DynamoDB's JSON: numbers as the text they are, binary as base64. */
export type KeyAttributeJson = { readonly S: string } | { readonly N: string } | { readonly B: string };

/** One line. It names an item and says nothing of what is in it. */
export interface ItemChangeLine {
  readonly kind: typeof ITEM_CHANGE;
  readonly table: string;
  readonly key: Readonly<Record<string, KeyAttributeJson>>;
  readonly action: ItemChangeAction;
  /** Who wrote, as the application declares itself: a release, a job, a function. */
  readonly writer?: string;
  readonly tenant?: string;
}
