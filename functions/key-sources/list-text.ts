import { InvalidKeys } from "../runtime/errors.ts";

/** Where a format reader stands in its object: the byte and line that come next, and the columns that CSV told at its head. */
export interface TextPosition {
  readonly offset: number;
  readonly line: number;
  readonly columns?: readonly string[];
}

/** One record of a list: its JSON value or its columns, and where it stands. */
export interface ListRecord {
  readonly value: unknown;
  readonly line: number;
  readonly next: TextPosition;
}

/** A format reads records from a stream that begins at `from`; `name` is what its errors call the object. */
export type ReadFormat = (
  stream: AsyncIterable<Uint8Array>,
  from: TextPosition,
  name: string,
) => AsyncIterable<ListRecord>;

export const BEGINNING: TextPosition = { offset: 0, line: 1 };

/** No line of a list is longer than this: an item has at most 400 KB, and its JSON a few times that. */
export const MAX_RECORD_BYTES = 8 * 1024 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 text of a record. */
export function decodeText(bytes: Uint8Array, name: string, line: number): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new InvalidKeys(`${name}, line ${line}: is not UTF-8 text. Save the list as UTF-8, not compressed.`, {
      cause: error,
    });
  }
}

/** The text of an object from a position on, and the byte it begins at: a byte order mark is no part of the first record. */
export async function beginText(
  stream: AsyncIterable<Uint8Array>,
  from: TextPosition,
): Promise<{ readonly chunks: AsyncIterable<Uint8Array>; readonly offset: number }> {
  if (from.offset > 0) return { chunks: stream, offset: from.offset };
  const iterator = stream[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array();
  while (head.length < BYTE_ORDER_MARK.length) {
    const { done, value } = await iterator.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const offset = BYTE_ORDER_MARK.every((byte, index) => head[index] === byte) ? BYTE_ORDER_MARK.length : 0;
  return { chunks: followedBy(head.subarray(offset), iterator), offset };
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

async function* followedBy(head: Uint8Array, rest: AsyncIterator<Uint8Array>) {
  try {
    yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    // Whoever stops reading early closes the stream, and with it the connection.
    await rest.return?.();
  }
}
