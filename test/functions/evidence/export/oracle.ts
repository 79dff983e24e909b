/** A table's whole history of one item, and what incremental exports of it say: by the guide's words, not by our code. */
import type { ExportedLine } from "../../../../functions/evidence/export/combine-exports.ts";
import type { ExportWindow } from "../../../../functions/evidence/export/export-windows.ts";
import type { Item } from "../../../../functions/items/item.ts";
import { encodeItem } from "../../../../functions/items/item-json.ts";

export const KEY: Item = { pk: { S: "TENANT#a" }, sk: { N: "1" } };

/** One write: when, in milliseconds, and the value that it left; `null`: deleted. */
export interface Write {
  readonly at: number;
  readonly value: string | null;
}

export function itemWith(value: string): Item {
  return { ...KEY, value: { S: value } };
}

/** The item as it was left by all writes before a moment. */
export function stateBefore(writes: readonly Write[], at: number): Item | null {
  const last = writes.filter((write) => write.at < at).at(-1);
  return last === undefined || last.value === null ? null : itemWith(last.value);
}

/** Only writes that have an effect: a delete of what is not there is none. */
export function effective(writes: readonly Write[]): Write[] {
  const kept: Write[] = [];
  for (const write of [...writes].sort((one, other) => one.at - other.at)) {
    const isThere = (kept.at(-1)?.value ?? null) !== null;
    if (write.value !== null || isThere) kept.push(write);
  }
  return kept;
}

/** What the export of one window says; inserted and deleted inside it: nothing, or (`keysOnly`) a line of keys alone. */
export function exportOf(
  writes: readonly Write[],
  { from, to }: ExportWindow,
  window: number,
  keysOnly = false,
): ExportedLine | undefined {
  const last = writes.filter(({ at }) => at >= from * 1000 && at < to * 1000).at(-1);
  if (!last) return undefined;
  const [before, after] = [stateBefore(writes, from * 1000), stateBefore(writes, to * 1000)];
  if (!before && !after && !keysOnly) return undefined;
  return {
    window,
    writtenAt: last.at * 1000,
    ...(before ? { before: encodeItem(before) } : {}),
    ...(after ? { after: encodeItem(after) } : {}),
  };
}
