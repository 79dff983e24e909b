import { InvalidKeys } from "../runtime/errors.ts";
import { parseExactJson } from "./exact-json.ts";
import { beginText, decodeText, type ListRecord, MAX_RECORD_BYTES, type TextPosition } from "./list-text.ts";

const NEWLINE = 0x0a;

/** One JSON value a line; blank lines, CRLF and a missing last newline are accepted. */
export async function* readJsonLines(
  stream: AsyncIterable<Uint8Array>,
  from: TextPosition,
  name: string,
): AsyncGenerator<ListRecord, void, undefined> {
  for await (const { text, line, next } of readLines(stream, from, name)) {
    if (text.trim() === "") continue;
    if (line === 1 && text.trimStart().startsWith("["))
      throw new InvalidKeys(`${name}, line 1: begins a JSON array; call the object .json or give format "json".`);
    yield { value: parseExactJson(text, `${name}, line ${line}`), line, next };
  }
}

async function* readLines(stream: AsyncIterable<Uint8Array>, from: TextPosition, name: string) {
  const { chunks, offset: begins } = await beginText(stream, from);
  let offset = begins;
  let { line } = from;
  let rest: Uint8Array = new Uint8Array();
  const take = (bytes: Uint8Array) => {
    const text = decodeText(bytes, name, line);
    offset += bytes.length;
    return { text, line: line++, next: { offset, line } };
  };
  for await (const chunk of chunks) {
    const bytes: Uint8Array = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let begin = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, begin)) {
      yield take(bytes.subarray(begin, end + 1));
      begin = end + 1;
    }
    rest = bytes.subarray(begin);
    if (rest.length > MAX_RECORD_BYTES)
      throw new InvalidKeys(`${name}, line ${line}: has more than ${MAX_RECORD_BYTES} bytes; write one key a line.`);
  }
  if (rest.length > 0) yield take(rest);
}
