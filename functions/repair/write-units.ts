import { attributeEquals } from "../items/equality.ts";
import { attributeOf, type Images, type Item } from "../items/item.ts";
import { itemSize } from "../items/item-size.ts";

/** A secondary index, local or global, as far as it makes a write dearer. */
export interface TableIndex {
  /** Its own key attributes: items without one of them are not in it. */
  readonly keys: readonly string[];
  /** Attributes that it holds beside the keys. */
  readonly projected: "all" | readonly string[];
}

/** "One write unit represents one write per second for an item up to 1 KB in size." */
const WRITE_UNIT_BYTES = 1024;

/**
 * Units that one repair of the item takes at most: DynamoDB bills the larger of what was there and what is written, and
 * each index that the write reaches again, here with the whole item. `changed`: the attributes that are written;
 * undefined: the whole item.
 */
export function writeUnitsOf(
  { before, live }: Pick<Images, "before" | "live">,
  changed?: readonly string[],
  indexes: readonly TableIndex[] = [],
): number {
  const bytes = Math.max(...[before, live].map((image) => (image ? itemSize(image) : 0)));
  const units = Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
  const writes = indexes.reduce((sum, index) => sum + writesOf(index, before, live, changed), 1);
  return units * writes;
}

/** A changed index key takes the item out at one place and puts it in at another. */
function writesOf(
  { keys, projected }: TableIndex,
  before: Item | null,
  live: Item | null,
  changed: readonly string[] | undefined,
): number {
  const isIn = (image: Item | null) => image !== null && keys.every((name) => attributeOf(image, name) !== undefined);
  const [was, is] = [isIn(live), isIn(before)];
  if (!was && !is) return 0;
  if (changed === undefined || was !== is) return 1;
  const isMoved = keys.some(
    (name) => changed.includes(name) && !attributeEquals(attributeOf(before, name), attributeOf(live, name)),
  );
  if (isMoved) return 2;
  return projected === "all" || changed.some((name) => projected.includes(name)) ? 1 : 0;
}
