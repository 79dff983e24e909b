import pMap from "p-map";
import { inChunks, readItems } from "../../evidence/read-items.ts";
import { itemEquals } from "../../items/equality.ts";
import type { Item } from "../../items/item.ts";
import { decodeItem, encodeItem, type JsonItem } from "../../items/item-json.ts";
import { keyOf } from "../../items/key.ts";
import type { Dependencies } from "../../runtime/dependencies.ts";
import type { Recovery } from "../../runtime/recovery.ts";
import type { Cursor, FoundKey } from "../key-source.ts";
import { keysAlone, scanPage } from "../scan-segment.ts";
import { comparedTables, orRestoreFailed } from "./compared-tables.ts";

/** Chunks of a page that are looked up side by side: 100 items at most in memory, of 400 KB at most. */
const LOOKUPS_AT_ONCE = 4;

/**
 * Both tables are read once: `before` for items that are different or gone in the other, then the other for items that
 * `before` does not have. The same key may lie in another segment there, so each is looked up by key.
 */
type Pass = "before" | "other" | "end";

interface SegmentCursor extends Cursor {
  readonly pass: Pass;
  /** The last key of the segment that was compared; missing: none yet. */
  readonly after?: JsonItem;
}

export interface Segment {
  readonly segment: number;
  readonly segments: number;
}

/** Keys of one segment that the two tables do not hold alike, each once. */
export async function* readSegment(
  recovery: Recovery,
  segment: Segment,
  from: Cursor | undefined,
  deps: Dependencies,
): AsyncGenerator<FoundKey, void, undefined> {
  const { pass = "before", after } = (from as SegmentCursor | undefined) ?? {};
  if (pass === "before") {
    yield* readPass("before", recovery, segment, after, deps);
    yield* readPass("other", recovery, segment, undefined, deps);
  }
  if (pass === "other") yield* readPass("other", recovery, segment, after, deps);
}

async function* readPass(
  pass: "before" | "other",
  recovery: Recovery,
  { segment, segments }: Segment,
  from: JsonItem | undefined,
  deps: Dependencies,
): AsyncGenerator<FoundKey, void, undefined> {
  const { keySchema } = recovery;
  const tableName = comparedTables(recovery)[pass];
  const scan = {
    TableName: tableName,
    Segment: segment,
    TotalSegments: segments,
    ...(pass === "other" ? keysAlone(keySchema) : {}),
  };
  let after = from && decodeItem(from);
  do {
    const page = await orRestoreFailed(scanPage(scan, after, deps), tableName, recovery);
    for (const chunks of inGroups(inChunks(page.items), LOOKUPS_AT_ONCE)) {
      const different = await pMap(chunks, (chunk) => differentOf(pass, chunk, recovery, deps));
      for (const key of different.flat()) yield { key, resumeAt: cursorAt(pass, key) };
      const last = chunks.at(-1)?.at(-1);
      if (last) yield { resumeAt: cursorAt(pass, keyOf(last, keySchema)) };
    }
    after = page.next;
  } while (after);
  yield { resumeAt: { pass: pass === "before" ? "other" : "end" } satisfies SegmentCursor };
}

function cursorAt(pass: Pass, key: Item): SegmentCursor {
  return { pass, after: encodeItem(key) };
}

/** Keys alone are kept: what was looked up may weigh far more than the page. */
async function differentOf(
  pass: "before" | "other",
  items: readonly Item[],
  recovery: Recovery,
  deps: Dependencies,
): Promise<Item[]> {
  const { keySchema, table } = recovery;
  const keys = items.map((item) => keyOf(item, keySchema));
  const tables = comparedTables(recovery);
  const lookedUp = pass === "before" ? tables.other : tables.before;
  const counterparts = await orRestoreFailed(
    readItems(keys, {
      client: deps.aws.dynamodb,
      tableName: lookedUp,
      keySchema,
      ...(pass === "other" ? { projection: keysAlone(keySchema) } : {}),
    }),
    lookedUp,
    recovery,
  );
  const leftOut = new Set(table.versionAttribute === undefined ? [] : [table.versionAttribute]);
  const isDifferent = (item: Item, counterpart: Item | null) =>
    pass === "other" ? counterpart === null : !itemEquals(item, counterpart, leftOut);
  return keys.filter((_, index) => isDifferent(items[index] ?? {}, counterparts[index] ?? null));
}

function* inGroups<Element>(elements: Iterable<Element>, size: number): Generator<Element[]> {
  let group: Element[] = [];
  for (const element of elements) {
    group.push(element);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
