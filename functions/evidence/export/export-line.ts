import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { z } from "zod";
import { isNumber } from "../../items/decimal.ts";
import type { Item } from "../../items/item.ts";
import { decodeItem, type JsonItem } from "../../items/item-json.ts";
import { canonicalKey, type KeySchema, keyOf } from "../../items/key.ts";
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
    const key = keyIn(Keys, keySchema);
    for (const image of [OldImage, NewImage]) if (image) assertIsOf(key, image, keySchema);
    return {
      key,
      writtenAt: Metadata.WriteTimestampMicros,
      ...(OldImage ? { before: OldImage } : {}),
      ...(NewImage ? { after: NewImage } : {}),
    };
  } catch (error) {
    throw unreadable(where, error instanceof Error ? error.message : "its key can't be read");
  }
}

/** The key of a line. What no table has as a key is no key: it would be looked for, and taken for deleted. */
function keyIn(image: JsonItem, keySchema: KeySchema): Item {
  const key = keyOf(wholeItem(image), keySchema);
  for (const { name } of keySchema.attributes) {
    const { S, B } = key[name] ?? {};
    if (S === "" || B?.length === 0) throw new TypeError(`key attribute ${name} is empty`);
    if (S?.isWellFormed() === false) throw new TypeError(`key attribute ${name} holds half of a character`);
  }
  return key;
}

/** An image of another item would be put in its place. */
function assertIsOf(key: Item, image: JsonItem, keySchema: KeySchema): void {
  const own = keyOf(wholeItem(image), keySchema);
  if (canonicalKey(own, keySchema) !== canonicalKey(key, keySchema))
    throw new TypeError("an image has another key than the line");
}

function wholeItem(image: JsonItem): Item {
  const item = decodeItem(image);
  for (const value of Object.values(item)) assertNumbers(value);
  return item;
}

function assertNumbers({ N, NS, L, M }: AttributeValue): void {
  const numbers = N === undefined ? (NS ?? []) : [N];
  if (!numbers.every(isNumber)) throw new TypeError("a number is none that DynamoDB has");
  for (const inner of L ?? Object.values(M ?? {})) assertNumbers(inner);
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
