import { z } from "zod";
import type { Item } from "../../items/item.ts";
import { decodeItem, type JsonItem } from "../../items/item-json.ts";
import { type KeySchema, keyOf } from "../../items/key.ts";
import { ExportFailed } from "../../runtime/errors.ts";

const Micros = z.union([z.string(), z.number()]).transform(Number).pipe(z.int().positive());
/** As it was parsed, not a copy: a copy by the schema would lose an attribute that is called `__proto__`. */
const Image = z.custom<JsonItem>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "is no object of attributes",
);

/** A line of an incremental export. AWS's guide shows the time as a bare text, its files have it as `{ "N": "…" }`. */
const Line = z.object({
  Metadata: z.object({
    WriteTimestampMicros: z.union([Micros, z.object({ N: Micros }).transform(({ N }) => N)]),
  }),
  Keys: Image,
  OldImage: Image.optional(),
  NewImage: Image.optional(),
});

/** What one export says of one item. */
export interface ExportedChange {
  readonly key: Item;
  /** Of the last write in the window, in microseconds since the epoch. */
  readonly writtenAt: number;
  /** As it was right before the window; missing: it was not there. */
  readonly before?: JsonItem;
  /** As it was at the window's end; missing: it was not there. */
  readonly after?: JsonItem;
}

/** Reads a line; `where` is what its errors call it. */
export function parseExportLine(text: string, keySchema: KeySchema, where: string): ExportedChange {
  const parsed = Line.safeParse(jsonOf(text));
  if (!parsed.success)
    throw unreadable(
      where,
      parsed.error.issues.map(({ path, message }) => `${path.join(".") || "line"}: ${message}`).join("; "),
    );
  const { Metadata, Keys, OldImage, NewImage } = parsed.data;
  try {
    return {
      key: keyOf(decodeItem(Keys), keySchema),
      writtenAt: Metadata.WriteTimestampMicros,
      ...(OldImage ? { before: OldImage } : {}),
      ...(NewImage ? { after: NewImage } : {}),
    };
  } catch (error) {
    throw unreadable(where, error instanceof Error ? error.message : "its key can't be read");
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and item values have no business in logs.
    return undefined;
  }
}

function unreadable(where: string, why: string): ExportFailed {
  return new ExportFailed(`${where} is not a line of an incremental export (${why}): nothing was planned from it.`);
}
