import { decodeItem, encodeItem, type JsonItem } from "../items/item-json.ts";
import { keyOf } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Cursor, FoundKey, KeySource } from "./key-source.ts";
import { keysAlone, scanPage } from "./scan-segment.ts";
import { lastUpdatedOf, writtenSince } from "./timestamp-condition.ts";

/** Read side by side: a Scan of one segment takes one partition after the other. More would crowd out the application. */
const SEGMENTS = 4;

/** How far each segment is: the last key read; `begin`, `end`. */
interface TimestampCursor extends Cursor {
  readonly segments: readonly (JsonItem | "begin" | "end")[];
}

/** Keys of the live table whose last-updated attribute is not before the incident. */
async function* read(
  recovery: Recovery,
  from: Cursor | undefined,
  deps: Dependencies,
): AsyncGenerator<FoundKey, void, undefined> {
  const { keySchema, table } = recovery;
  const { includes, ...filter } = writtenSince(recovery);
  const projection = keysAlone(keySchema);
  const { attribute } = lastUpdatedOf(recovery);
  // A projection that names an attribute twice is refused.
  const isInKey = keySchema.attributes.some(({ name }) => name === attribute);
  const begun = (from as TimestampCursor | undefined)?.segments ?? Array<"begin">(SEGMENTS).fill("begin");
  const segments = [...begun];
  const pageOf = (segment: number, position: JsonItem | "begin" | "end") =>
    scanPage(
      {
        TableName: table.tableName,
        Segment: segment,
        TotalSegments: segments.length,
        ...filter,
        ProjectionExpression: isInKey ? projection.ProjectionExpression : `${projection.ProjectionExpression}, #time`,
        ExpressionAttributeNames: { ...projection.ExpressionAttributeNames, ...filter.ExpressionAttributeNames },
      },
      typeof position === "string" ? undefined : decodeItem(position),
      deps,
    );
  while (segments.some((position) => position !== "end")) {
    const pages = await Promise.all(
      segments.map((position, segment) => (position === "end" ? undefined : pageOf(segment, position))),
    );
    for (const [segment, page] of pages.entries()) {
      if (!page) continue;
      for (const item of page.items.filter(includes)) {
        const key = keyOf(item, keySchema);
        segments[segment] = encodeItem(key);
        yield { key, resumeAt: resumeAt(segments) };
      }
      segments[segment] = page.next ? encodeItem(page.next) : "end";
      yield { resumeAt: resumeAt(segments) };
    }
  }
}

function resumeAt(segments: TimestampCursor["segments"]): TimestampCursor {
  return { segments: [...segments] };
}

/** What a scan for a time can't show. */
function blindSpot(recovery: Recovery): string {
  const { attribute } = lastUpdatedOf(recovery);
  return `an attribute that says when an item was last written shows neither items that were deleted nor those without "${attribute}", and no write that left "${attribute}" as it was`;
}

export const timestamp: KeySource = { kind: "timestamp", read, blindSpot };
