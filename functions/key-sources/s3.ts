import type { Item } from "../items/item.ts";
import { show, showName } from "../request/show.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidKeys } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { readCsvRows } from "./csv-rows.ts";
import { InexactNumber } from "./exact-json.ts";
import { readJsonArray } from "./json-array.ts";
import { readJsonLines } from "./json-lines.ts";
import type { Cursor, FoundKey, KeySource } from "./key-source.ts";
import { BEGINNING, type ReadFormat, type TextPosition } from "./list-text.ts";
import { keyInRecord } from "./record-key.ts";
import { openObject, openObjectAt, type PinnedObject } from "./s3-object.ts";
import { typedOrInvalid } from "./typed-or-invalid.ts";

const formats = { jsonl: readJsonLines, json: readJsonArray, csv: readCsvRows } satisfies Record<string, ReadFormat>;
type Format = keyof typeof formats;

const EXTENSIONS: Readonly<Record<string, Format>> = { jsonl: "jsonl", ndjson: "jsonl", json: "json", csv: "csv" };

interface S3Cursor extends Cursor {
  readonly object: PinnedObject;
  readonly position: TextPosition;
}

/** Keys from an object below `uploads/` of the recovery bucket, streamed: a list may be of any length. */
async function* read(
  recovery: Recovery,
  from: Cursor | undefined,
  deps: Dependencies,
): AsyncGenerator<FoundKey, void, undefined> {
  const { keysFrom } = recovery.request;
  if (!keysFrom || !("s3" in keysFrom))
    throw new InvalidKeys('Request field keysFrom has no "s3": give one, or choose another key source.');
  const { s3: requested } = keysFrom;
  const { bucket } = deps.artifacts;
  const name = `s3://${bucket}/${requested.key}`;
  const readFormat: ReadFormat = formats[requested.format ?? formatOf(requested.key, name)];
  const cursor = from as S3Cursor | undefined;
  const position = cursor?.position ?? BEGINNING;
  const { object, stream } = cursor
    ? await openObjectAt(deps.aws.s3, cursor.object, position.offset)
    : await openObject(deps.aws.s3, bucket, requested.key);
  for await (const record of readFormat(stream, position, name)) {
    const resumeAt: S3Cursor = { object, position: record.next };
    yield { key: keyOfRecord(record.value, recovery, `${name}, line ${record.line}`), resumeAt };
  }
}

function formatOf(key: string, name: string): Format {
  const extension = /\.([^./]+)$/.exec(key)?.[1]?.toLowerCase() ?? "";
  const format = EXTENSIONS[extension];
  if (!format)
    throw new InvalidKeys(
      `${name}: its format can't be told from ${extension ? `".${extension}"` : "a name without extension"}; call it .jsonl, .json or .csv, or give keysFrom.s3.format. Compressed lists are not read.`,
    );
  return format;
}

function keyOfRecord(value: unknown, recovery: Recovery, where: string): Item {
  const plain = keyInRecord(value, recovery, where);
  for (const [attribute, part] of Object.entries(plain))
    if (part instanceof InexactNumber)
      throw new InvalidKeys(
        `${where}: key attribute ${attribute} is ${showName(part.source)}, which JSON numbers hold inexactly; quote it: ${show(part.source)}.`,
      );
  return typedOrInvalid(plain, recovery.keySchema, where);
}

export const s3: KeySource = { kind: "s3", read };
