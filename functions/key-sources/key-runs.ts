/**
 * Runs: what one slice collected, sorted by fingerprint. Sorted runs can be merged and de-duplicated with a few kilobytes
 * of memory for each of them, however many keys the source has; and fingerprints scatter neighbours, so that a part does
 * not hammer one partition of the table.
 */
import { createHash } from "node:crypto";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { EvidenceLine } from "../evidence/evidence.ts";
import type { Item } from "../items/item.ts";
import { encodeItem } from "../items/item-json.ts";
import { canonicalKey, type KeySchema } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { MissingResult } from "../runtime/errors.ts";

/** 128 bits: two different keys of a billion share one with a chance of 1 in 10^21. */
const FINGERPRINT_HEX = 32;
const NEWLINE = 0x0a;
/** Between key and line: JSON text never holds a bare tab. */
const SEPARATOR = "\t";

/** All blocks of a merge together: many runs are open at once. */
const OPEN_BYTES = 64 * 1024 * 1024;
const MOST_BLOCK_BYTES = 256 * 1024;
const LEAST_BLOCK_BYTES = 4 * 1024;

/** A run in S3; its name holds its hash, so that two attempts at one slice can't mix their objects. */
export interface KeyRun {
  readonly objectKey: string;
  readonly bytes: number;
  /** The very object that was written: whoever may write to the bucket alone can't change what is planned. */
  readonly versionId?: string;
}

export interface RunEntry {
  readonly fingerprint: string;
  /** The key as JSON text: most keys of a merge are written on as they are, or dropped. */
  readonly key: string;
  /** What the evidence says of the key, as JSON text. */
  readonly line?: string;
  /** Byte of the run at which the entry begins. */
  readonly offset: number;
}

/** By which runs and parts are sorted. */
export function fingerprintOf(key: Item, keySchema: KeySchema): string {
  return createHash("sha256").update(canonicalKey(key, keySchema)).digest("hex").slice(0, FINGERPRINT_HEX);
}

/** A line of a run: fingerprint, a space, the key as JSON and, of evidence, a tab and what it says of the key. */
export function runLine(key: Item, keySchema: KeySchema, line?: EvidenceLine): string {
  const named = `${fingerprintOf(key, keySchema)} ${JSON.stringify(encodeItem(key))}`;
  return line === undefined ? named : `${named}${SEPARATOR}${JSON.stringify(line)}`;
}

/** Sorts the lines and writes them. */
export async function writeRun(
  recoveryId: string,
  prefix: string,
  lines: string[],
  deps: Dependencies,
): Promise<KeyRun> {
  const text = `${lines.sort().join("\n")}\n`;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const stored = await deps.artifacts.putText(recoveryId, `${prefix}-${hash}.txt`, text, "text/plain; charset=utf-8");
  const { key: objectKey, bytes, versionId } = stored;
  return { objectKey, bytes, ...(versionId === undefined ? {} : { versionId }) };
}

/** How much to read of each run at a time, so that a merge of any number of runs fits into memory. */
export function blockBytesOf(runs: number): number {
  return Math.min(MOST_BLOCK_BYTES, Math.max(LEAST_BLOCK_BYTES, Math.floor(OPEN_BYTES / Math.max(1, runs))));
}

/** The entries of a run in order, a block at a time; from the byte at which one begins. */
export async function* readRun(
  run: KeyRun,
  deps: Dependencies,
  { from = 0, blockBytes = MOST_BLOCK_BYTES }: { readonly from?: number; readonly blockBytes?: number } = {},
): AsyncGenerator<RunEntry[], void, undefined> {
  let rest: Uint8Array = new Uint8Array();
  let begin = from;
  for (let offset = from; offset < run.bytes; ) {
    // An entry that is longer than the block (two images of 400 KB) is not read in a hundred pieces.
    const block = await readBlock(run, offset, Math.max(blockBytes, rest.length), deps);
    if (block.length === 0) throw shorterThanRecorded(run, deps);
    offset += block.length;
    const bytes = rest.length > 0 ? Buffer.concat([rest, block]) : Buffer.from(block);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    rest = bytes.subarray(end);
    const entries = [...entriesOf(bytes.subarray(0, end), begin)];
    begin += end;
    if (entries.length > 0) yield entries;
  }
}

function* entriesOf(bytes: Buffer, begin: number): Generator<RunEntry> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start);
    const text = bytes.toString("utf8", start, end);
    const tab = text.indexOf(SEPARATOR);
    yield {
      fingerprint: text.slice(0, FINGERPRINT_HEX),
      key: text.slice(FINGERPRINT_HEX + 1, tab < 0 ? undefined : tab),
      ...(tab < 0 ? {} : { line: text.slice(tab + 1) }),
      offset: begin + start,
    };
    start = end + 1;
  }
}

async function readBlock(run: KeyRun, offset: number, length: number, deps: Dependencies): Promise<Uint8Array> {
  const last = Math.min(offset + length, run.bytes) - 1;
  try {
    const { Body } = await deps.aws.s3.send(
      new GetObjectCommand({
        Bucket: deps.artifacts.bucket,
        Key: run.objectKey,
        Range: `bytes=${offset}-${last}`,
        ...(run.versionId === undefined ? {} : { VersionId: run.versionId }),
      }),
    );
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    if (!(error instanceof Error) || (error.name !== "NoSuchKey" && error.name !== "NoSuchVersion")) throw error;
    throw new MissingResult(
      `s3://${deps.artifacts.bucket}/${run.objectKey} is not there: the keys that were collected were deleted. Start a new recovery.`,
      { cause: error },
    );
  }
}

function shorterThanRecorded(run: KeyRun, deps: Dependencies): MissingResult {
  return new MissingResult(
    `s3://${deps.artifacts.bucket}/${run.objectKey} has not the ${run.bytes} bytes that were collected: it was changed. Start a new recovery.`,
  );
}
