import type { Item } from "../items/item.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { inChunks, readItems } from "./read-items.ts";

/** One key as it is in the live table now; `null` = absent. */
export interface LiveItem {
  readonly key: Item;
  readonly live: Item | null;
}

/** The live items of these keys, in their order, consistently read. */
export async function* readLive(
  recovery: Recovery,
  keys: Iterable<Item>,
  deps: Dependencies,
): AsyncGenerator<LiveItem, void, undefined> {
  const reader = {
    client: deps.aws.dynamodb,
    tableName: recovery.table.tableName,
    keySchema: recovery.keySchema,
  };
  for (const chunk of inChunks(keys)) {
    const items = await readItems(chunk, reader);
    for (const [index, key] of chunk.entries()) yield { key, live: items[index] ?? null };
  }
}
