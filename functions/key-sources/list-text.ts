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

/** A byte order mark at the very beginning is no part of the first record. */
export function byteOrderMarkLength(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
