/**
 * Runs: what one slice collected, sorted by fingerprint. Sorted runs can be merged and de-duplicated with a few kilobytes
 * of memory for each of them, however many keys the source has; and fingerprints scatter neighbours, so that a part does
 * not hammer one partition of the table.
 */
import { createHash } from "node:crypto";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Item } from "../items/item.ts";
import { encodeItem, type JsonItem } from "../items/item-json.ts";
import { canonicalKey, type KeySchema } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { MissingResult } from "../runtime/errors.ts";

/** 128 bits: two different keys of a billion share one with a chance of 1 in 10^21. */
const FINGERPRINT_HEX = 32;
/** Read at a time: many runs are open at once, and a socket left waiting between two reads would be closed by S3. */
const READ_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/** A run in S3; its name holds its hash, so that two attempts at one slice can't mix their objects. */
export interface KeyRun {
  readonly objectKey: string;
  readonly bytes: number;
}

export interface RunEntry {
  readonly fingerprint: string;
  readonly key: JsonItem;
  /** Length of the key's JSON. */
  readonly bytes: number;
}

/** A line of a run: fingerprint, a space, the key as JSON. */
export function runLine(key: Item, keySchema: KeySchema): string {
  const digest = createHash("sha256").update(canonicalKey(key, keySchema)).digest("hex");
  return `${digest.slice(0, FINGERPRINT_HEX)} ${JSON.stringify(encodeItem(key))}`;
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
  return { objectKey: stored.key, bytes: stored.bytes };
}

/** The entries of a run in order, a block at a time. */
export async function* readRun(run: KeyRun, deps: Dependencies): AsyncGenerator<RunEntry[], void, undefined> {
  let rest: Uint8Array = new Uint8Array();
  for (let offset = 0; offset < run.bytes; offset += READ_BYTES) {
    const block = await readBlock(run, offset, deps);
    const bytes = rest.length > 0 ? Buffer.concat([rest, block]) : Buffer.from(block);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    rest = bytes.subarray(end);
    const lines = bytes.toString("utf8", 0, end).split("\n");
    lines.pop();
    if (lines.length > 0) yield lines.map(parseLine);
  }
}

function parseLine(line: string): RunEntry {
  const json = line.slice(FINGERPRINT_HEX + 1);
  return {
    fingerprint: line.slice(0, FINGERPRINT_HEX),
    key: JSON.parse(json) as JsonItem,
    bytes: Buffer.byteLength(json),
  };
}

async function readBlock(run: KeyRun, offset: number, deps: Dependencies): Promise<Uint8Array> {
  const last = Math.min(offset + READ_BYTES, run.bytes) - 1;
  try {
    const { Body } = await deps.aws.s3.send(
      new GetObjectCommand({
        Bucket: deps.artifacts.bucket,
        Key: run.objectKey,
        Range: `bytes=${offset}-${last}`,
      }),
    );
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "NoSuchKey") throw error;
    throw new MissingResult(
      `s3://${deps.artifacts.bucket}/${run.objectKey} is not there: the keys that CollectKeys wrote were deleted. Start a new recovery.`,
      { cause: error },
    );
  }
}
