import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { type ApiRequest, AwsError } from "../service.ts";

export interface Upload {
  readonly body: Buffer;
  /** The checksums that were given, by header name, verified where Node can compute them. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** CRC-64/NVME and CRC-32C are not in Node: what comes with them is stored, and the checksum dropped. */
const VERIFIABLE: Readonly<Record<string, (body: Buffer) => string>> = {
  "x-amz-checksum-crc32": (body) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes.toString("base64");
  },
  "x-amz-checksum-sha1": (body) => createHash("sha1").update(body).digest("base64"),
  "x-amz-checksum-sha256": (body) => createHash("sha256").update(body).digest("base64"),
};

/** The bytes that the client meant: without aws-chunked framing, checked against every checksum that came along. */
export function readUpload({ headers, body: raw }: Pick<ApiRequest, "headers" | "body">): Upload {
  const chunked = (headers["x-amz-content-sha256"] ?? "").startsWith("STREAMING-");
  const { body, trailers } = chunked ? decodeChunks(raw) : { body: raw, trailers: {} };
  const declared = headers["x-amz-decoded-content-length"];
  if (chunked && declared !== undefined && Number(declared) !== body.length) {
    throw new AwsError("IncompleteBody", `The request declared ${declared} bytes, but its chunks hold ${body.length}.`);
  }
  const given: Record<string, string> = { ...headers, ...trailers };
  const md5 = given["content-md5"];
  if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64")) {
    throw new AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.");
  }
  const checksums: Record<string, string> = {};
  for (const [name, compute] of Object.entries(VERIFIABLE)) {
    const value = given[name];
    if (value === undefined) continue;
    if (value !== compute(body))
      throw new AwsError("BadDigest", `The ${name} you specified did not match what we received.`);
    checksums[name] = value;
  }
  // A copy of exact size: a received buffer may be a view into a much larger one, which would be kept with it.
  return { body: copyOf(body), checksums };
}

function copyOf(body: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(body.length);
  body.copy(copy);
  return copy;
}

/** `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n`, a last chunk of size 0, then trailers, one a line. */
function decodeChunks(raw: Buffer): { readonly body: Buffer; readonly trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  let position = 0;
  for (;;) {
    const lineEnd = raw.indexOf("\r\n", position);
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(raw.toString("latin1", position, lineEnd), 16);
    if (Number.isNaN(size)) throw new AwsError("IncompleteBody", "The aws-chunked body ends before its last chunk.");
    position = lineEnd + 2;
    if (size === 0) break;
    if (position + size > raw.length) throw new AwsError("IncompleteBody", "An aws-chunked chunk is cut off.");
    chunks.push(raw.subarray(position, position + size));
    position += size + 2;
  }
  const trailers: Record<string, string> = {};
  for (const line of raw.toString("latin1", position).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { body: Buffer.concat(chunks), trailers };
}
