import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** An item as the low-level client gives it: never plain JavaScript numbers, which lose digits. */
export type Item = Record<string, AttributeValue>;

/** What is known of one item. `null` = known to be absent; a missing `after` = unknown. */
export interface Images {
  /** At restoreDateTime, the last good second. */
  readonly before: Item | null;
  /** As the incident left it at incidentEnd; a missing field means that nobody knows. */
  readonly after?: Item | null;
  /** As the plan read it from the live table. */
  readonly live: Item | null;
  /** Last written later in the evidence window than incidentEnd: `after` is not exact. */
  readonly writtenAfterIncident?: boolean;
  /** Written within 60 s of a boundary of the window, by which the service's clock may differ. */
  readonly nearBoundary?: boolean;
  /** Last write of the incident that each window of the evidence saw, ISO 8601: the earliest and the latest of them. */
  readonly written?: { readonly first: string; readonly last: string };
  /** Of an undo: nobody knows for sure that the write was ours. */
  readonly maybeNotOurs?: boolean;
}

/** The attribute of this name, or undefined when the item is absent or has none (also for names such as `constructor`). */
export function attributeOf(item: Item | null | undefined, name: string): AttributeValue | undefined {
  return item && Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Every attribute name of these items, once, in a stable order. */
export function attributeNames(...items: readonly (Item | null | undefined)[]): string[] {
  return [...new Set(items.flatMap((item) => (item ? Object.keys(item) : [])))].sort();
}

/** A copy of the item without the attributes that `leaveOut` names. */
export function withoutAttributes(item: Item, leaveOut: ReadonlySet<string>): Item {
  // fromEntries defines own properties, so that an attribute called __proto__ stays an attribute.
  return Object.fromEntries(Object.entries(item).filter(([name]) => !leaveOut.has(name)));
}
