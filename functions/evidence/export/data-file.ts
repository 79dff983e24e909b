import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Dependencies } from "../../runtime/dependencies.ts";
import { ExportFailed } from "../../runtime/errors.ts";
import type { DataFile } from "./manifest.ts";

/** An item has at most 400 KB, a line two images of it, and JSON may make six bytes of one. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const NEWLINE = 0x0a;
const UNZIPPED_CHUNK_BYTES = 256 * 1024;

/** Where the next slice goes on in a file: gzip can only be read from its beginning, so lines are counted, not bytes. */
export interface FilePosition {
  readonly lines: number;
  /** Of the very object that the first slice found. */
  readonly etag: string;
}

export interface DataLine {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  readonly next: FilePosition;
}

/** The lines of a file of an export after a position, as a stream; at its end, count and checksum are compared with the manifest. */
export async function* readDataFile(
  file: DataFile,
  from: FilePosition | undefined,
  deps: Dependencies,
): AsyncGenerator<DataLine, void, undefined> {
  const name = `s3://${deps.artifacts.bucket}/${file.dataFileS3Key}`;
  const { etag, body } = await open(file, from, name, deps);
  const md5 = createHash("md5");
  const gunzip = createGunzip({ chunkSize: UNZIPPED_CHUNK_BYTES });
  // Whatever breaks the one breaks the other: a failure arrives at whoever reads, and whoever stops closes the connection.
  pipeline(Readable.from(hashed(body, md5)), gunzip, () => undefined);
  const skip = from?.lines ?? 0;
  let number = 0;
  try {
    for await (const line of splitLines(gunzip, name)) {
      if (++number <= skip) continue;
      yield { text: textOf(line, name, number), number, next: { lines: number, etag } };
    }
  } catch (error) {
    throw readable(error, name);
  }
  if (number !== file.itemCount)
    throw new ExportFailed(
      `${name} has ${number} lines, but the manifest of its export says ${file.itemCount}: it is cut off or was changed. Start a new recovery, which exports anew.`,
    );
  const found = md5.digest("base64");
  if (file.md5Checksum !== undefined && found !== file.md5Checksum)
    throw new ExportFailed(
      `${name} has the MD5 ${found}, but the manifest of its export says ${file.md5Checksum}: it was changed. Start a new recovery, which exports anew.`,
    );
}

/** What is no UTF-8 would become other text, and a key another key. */
function textOf(line: Buffer, name: string, number: number): string {
  if (!isUtf8(line))
    throw new ExportFailed(
      `${name}, line ${number} is no UTF-8 text: it was changed. Start a new recovery, which exports anew.`,
    );
  return line.toString("utf8");
}

async function open(file: DataFile, from: FilePosition | undefined, name: string, { aws, artifacts }: Dependencies) {
  try {
    const { Body, ETag = "" } = await aws.s3.send(
      new GetObjectCommand({ Bucket: artifacts.bucket, Key: file.dataFileS3Key }),
    );
    if (from && from.etag !== ETag)
      throw new ExportFailed(`${name} was replaced while it was read. Start a new recovery, which exports anew.`);
    return { etag: ETag, body: Body as AsyncIterable<Uint8Array> };
  } catch (error) {
    if (!(error instanceof Error && error.name === "NoSuchKey")) throw error;
    throw new ExportFailed(
      `${name} of an export is not there any more: it was deleted, or has expired. Start a new recovery with "evidence": "export", which exports anew.`,
      { cause: error },
    );
  }
}

async function* hashed(body: AsyncIterable<Uint8Array>, md5: ReturnType<typeof createHash>) {
  for await (const chunk of body) {
    md5.update(chunk);
    yield chunk;
  }
}

async function* splitLines(stream: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer, void, undefined> {
  /** Pieces of a line that is not over yet. */
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of stream) {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      const piece = chunk.subarray(begin, end);
      const line = rest.length > 0 ? Buffer.concat([...rest, piece]) : piece;
      if (line.length > 0) yield line;
      [rest, restBytes, begin] = [[], 0, end + 1];
    }
    if (begin < chunk.length) rest.push(chunk.subarray(begin));
    restBytes += chunk.length - begin;
    if (restBytes > MAX_LINE_BYTES)
      throw new ExportFailed(`${name} has a line of more than ${MAX_LINE_BYTES} bytes: no export has such lines.`);
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** What zlib says of a broken file, as an error of the export; whatever else stays what it is, so that it is tried again. */
function readable(error: unknown, name: string): unknown {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string" || !code.startsWith("Z_")) return error;
  return new ExportFailed(
    `${name} can't be unzipped (${code}): it is cut off or was changed. Start a new recovery, which exports anew.`,
    { cause: error },
  );
}
