import { InvalidKeys } from "../runtime/errors.ts";
import { parseExactJson } from "./exact-json.ts";
import { beginText, decodeText, type ListRecord, MAX_RECORD_BYTES, type TextPosition } from "./list-text.ts";

const [NEWLINE, QUOTE, BACKSLASH, COMMA] = [0x0a, 0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];
const BLANK = new Set([0x20, 0x09, 0x0d, NEWLINE]);

type Expecting = "array" | "first element or end" | "element" | "comma or end" | "nothing";

/** One JSON array of objects, of any length: cut into its elements by counting braces, each of them parsed by itself. */
export async function* readJsonArray(
  stream: AsyncIterable<Uint8Array>,
  from: TextPosition,
  name: string,
): AsyncGenerator<ListRecord, void, undefined> {
  // A position inside the array is always the one just after an element.
  let expecting: Expecting = from.offset === 0 ? "array" : "comma or end";
  const { chunks, offset: begins } = await beginText(stream, from);
  let offset = begins;
  let { line } = from;
  let element: Uint8Array[] = [];
  let elementBytes = 0;
  let elementLine = line;
  let depth = 0;
  let inString = false;
  let escaped = false;
  const refuse = (problem: string): never => {
    throw new InvalidKeys(`${name}, line ${line}: ${problem}.`);
  };
  for await (const chunk of chunks) {
    let begin = depth > 0 ? 0 : -1;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (byte === NEWLINE) line++;
      if (depth > 0) {
        if (escaped) escaped = false;
        else if (inString) {
          if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
        } else if (byte === QUOTE) inString = true;
        else if (byte === OPEN_MAP || byte === OPEN_LIST) depth++;
        else if ((byte === CLOSE_MAP || byte === CLOSE_LIST) && --depth === 0) {
          element.push(chunk.subarray(begin, index + 1));
          const text = decodeText(Buffer.concat(element), name, elementLine);
          const next = { offset: offset + index + 1, line };
          yield { value: parseExactJson(text, `${name}, line ${elementLine}`), line: elementLine, next };
          element = [];
          elementBytes = 0;
          begin = -1;
          expecting = "comma or end";
        }
      } else if (!BLANK.has(byte)) {
        if (expecting === "array") {
          if (byte !== OPEN_LIST)
            refuse('does not begin a JSON array; for one object a line call it .jsonl or give format "jsonl"');
          expecting = "first element or end";
        } else if (expecting === "nothing") refuse("goes on after the end of the array");
        else if (byte === CLOSE_LIST && expecting !== "element") expecting = "nothing";
        else if (byte === COMMA && expecting === "comma or end") expecting = "element";
        else if (byte === OPEN_MAP && expecting !== "comma or end") {
          depth = 1;
          begin = index;
          elementLine = line;
        } else refuse("is not a JSON array of objects; write [{…}, {…}] with one object for each key");
      }
    }
    if (depth > 0) {
      // A copy: the stream may reuse its buffer while the rest of the element is awaited.
      element.push(chunk.slice(begin));
      elementBytes += chunk.length - begin;
      if (elementBytes > MAX_RECORD_BYTES) refuse(`has an element of more than ${MAX_RECORD_BYTES} bytes`);
    }
    offset += chunk.length;
  }
  if (expecting !== "nothing") refuse("ends before the array does; upload the whole list");
}
