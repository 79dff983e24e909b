import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readCsvRows } from "../../../functions/key-sources/csv-rows.ts";
import { InexactNumber } from "../../../functions/key-sources/exact-json.ts";
import { readJsonArray } from "../../../functions/key-sources/json-array.ts";
import { readJsonLines } from "../../../functions/key-sources/json-lines.ts";
import {
  BEGINNING,
  type ListRecord,
  type ReadFormat,
  type TextPosition,
} from "../../../functions/key-sources/list-text.ts";

const formats: Readonly<Record<string, ReadFormat>> = { jsonl: readJsonLines, json: readJsonArray, csv: readCsvRows };

function streamOf(bytes: Buffer, chunkBytes: number): AsyncIterable<Uint8Array> {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += chunkBytes) chunks.push(bytes.subarray(start, start + chunkBytes));
  return Readable.from(chunks);
}

async function read(format: string, text: string | Buffer, from: TextPosition = BEGINNING, chunkBytes = 7) {
  const readFormat = formats[format];
  if (!readFormat) throw new Error(`No format ${format}`);
  const records: ListRecord[] = [];
  const rest = Buffer.from(text).subarray(from.offset);
  for await (const record of readFormat(streamOf(rest, chunkBytes), from, "s3://b/keys")) records.push(record);
  return records;
}

const BOM = "\ufeff";

/** Name, format, text, and the values with the lines they stand on. */
const valid: readonly (readonly [string, string, string, readonly (readonly [unknown, number])[]])[] = [
  [
    "one object a line",
    "jsonl",
    '{"id":"a"}\n{"id":"b"}\n',
    [
      [{ id: "a" }, 1],
      [{ id: "b" }, 2],
    ],
  ],
  [
    "no newline at the end",
    "jsonl",
    '{"id":"a"}\n{"id":"b"}',
    [
      [{ id: "a" }, 1],
      [{ id: "b" }, 2],
    ],
  ],
  [
    "CRLF and blank lines",
    "jsonl",
    '\r\n{"id":"a"}\r\n  \r\n{"id":"b"}\r\n\r\n',
    [
      [{ id: "a" }, 2],
      [{ id: "b" }, 4],
    ],
  ],
  ["a byte order mark", "jsonl", `${BOM}{"id":"ä😀"}\n`, [[{ id: "ä😀" }, 1]]],
  ["nothing at all", "jsonl", "", []],
  ["a line separator in a string", "jsonl", '{"id":"a\u2028b"}\n', [[{ id: "a\u2028b" }, 1]]],
  [
    "an array on one line",
    "json",
    '[{"id":"a"},{"id":"b"}]',
    [
      [{ id: "a" }, 1],
      [{ id: "b" }, 1],
    ],
  ],
  [
    "an array over lines",
    "json",
    `${BOM}\n[\n {"id":\n"a"},\r\n{"id":"b"} ]\n\n`,
    [
      [{ id: "a" }, 3],
      [{ id: "b" }, 5],
    ],
  ],
  [
    "braces and quotes in strings",
    "json",
    '[{"id":"}]\\"{["},{"id":"\\\\"}]',
    [
      [{ id: '}]"{[' }, 1],
      [{ id: "\\" }, 1],
    ],
  ],
  ["nested values", "json", '[{"id":"a","m":{"l":[{},[]]}}]', [[{ id: "a", m: { l: [{}, []] } }, 1]]],
  ["an empty array", "json", " [ ] ", []],
  [
    "a header and rows",
    "csv",
    "id,n\na,1\nb,2\n",
    [
      [{ id: "a", n: "1" }, 2],
      [{ id: "b", n: "2" }, 3],
    ],
  ],
  [
    "quotes, commas, newlines in values",
    "csv",
    'id\r\n"a,""b"\r\n"c\nd"\r\ne\r\n',
    [
      [{ id: 'a,"b' }, 2],
      [{ id: "c\nd" }, 4],
      [{ id: "e" }, 5],
    ],
  ],
  [
    "byte order mark, blank lines, CRLF",
    "csv",
    `${BOM}id,n\r\n\r\nä,1\r\n\r\n\r\nb,2`,
    [
      [{ id: "ä", n: "1" }, 3],
      [{ id: "b", n: "2" }, 6],
    ],
  ],
  [
    "values as they stand, spaces too",
    "csv",
    "id\n a \n0010\n1e3\n",
    [
      [{ id: " a " }, 2],
      [{ id: "0010" }, 3],
      [{ id: "1e3" }, 4],
    ],
  ],
  [
    "ends of lines of two systems",
    "csv",
    "n,id\n1,a\r\n2,b\n\r\n3,c\r\n",
    [
      [{ n: "1", id: "a" }, 2],
      [{ n: "2", id: "b" }, 3],
      [{ n: "3", id: "c" }, 5],
    ],
  ],
  ["a header alone", "csv", "id,n\n", []],
];

describe.each(valid)("%s (%s)", (_name, format, text, expected) => {
  it.each([1, 2, 5, 1000])("is read from chunks of %i bytes", async (chunkBytes) => {
    const records = await read(format, text, BEGINNING, chunkBytes);

    expect(records.map(({ value, line }) => [value, line])).toEqual(expected);
  });

  it("goes on after any record as if it had never stopped", async () => {
    const records = await read(format, text);

    for (const [index, { next }] of records.entries()) {
      const rest = await read(format, text, JSON.parse(JSON.stringify(next)) as TextPosition);
      expect(rest).toEqual(records.slice(index + 1));
    }
  });
});

const invalid: readonly (readonly [string, string, string | Buffer, RegExp])[] = [
  [
    "a broken line",
    "jsonl",
    '{"id":"a"}\n{"id":secret}\n',
    /^s3:\/\/b\/keys, line 2: is not valid JSON; write one whole JSON object/,
  ],
  ["an object over two lines", "jsonl", '{"id":\n"a"}\n', /line 1: is not valid JSON/],
  ["an array in .jsonl", "jsonl", '[{"id":"a"}]', /line 1: begins a JSON array; call the object \.json/],
  ["text that is not UTF-8", "jsonl", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), /line 1: is not UTF-8 text/],
  [
    "lines in .json",
    "json",
    '{"id":"a"}\n{"id":"b"}',
    /line 1: does not begin a JSON array; for one object a line call it \.jsonl/,
  ],
  ["an array cut off", "json", '[{"id":"a"},\n{"id":"b"}', /line 2: ends before the array does/],
  ["an element cut off", "json", '[{"id":"a"},\n{"id":"b', /line 2: ends before the array does/],
  ["a missing comma", "json", '[{"id":"a"}\n{"id":"b"}]', /line 2: is not a JSON array of objects/],
  ["a trailing comma", "json", '[{"id":"a"},\n]', /line 2: is not a JSON array of objects/],
  ["an array of plain values", "json", '["a"]', /line 1: is not a JSON array of objects/],
  ["something after the array", "json", '[{"id":"a"}]\n[]', /line 2: goes on after the end of the array/],
  ["a broken element", "json", '[{"id":"a"},\n\n{id:1}]', /line 3: is not valid JSON/],
  ["an empty file as .json", "json", "", /line 1: ends before the array does/],
  ["a row with too few fields", "csv", "id,n\na,1\nb\n", /line 3: has 1 fields where the header has 2/],
  ["a row with too many fields", "csv", "id,n\n\na,1,2\n", /line 3: has 3 fields where the header has 2/],
  ["a quote that is not closed", "csv", 'id,n\na,1\n"b,2\n', /line \d: is not CSV \(CSV_QUOTE_NOT_CLOSED\)/],
  ["a quote inside a value", "csv", 'id,n\na,1\nb"c,2\n', /line 3: is not CSV \(INVALID_OPENING_QUOTE\)/],
  ["two columns of one name", "csv", "id,id\na,b\n", /line 1: the header names "id" twice/],
  ["a value that is not UTF-8", "csv", Buffer.from([0x69, 0x64, 0x0a, 0xff, 0x0a]), /line 2: is not UTF-8 text/],
];

it.each(invalid)("%s (%s) is refused with its line and the remedy", async (_name, format, text, message) => {
  await expect(read(format, text)).rejects.toMatchObject({
    name: "InvalidKeys",
    message: expect.stringMatching(message),
  });
});

it("never repeats the text of a broken line, which may be a whole item", async () => {
  const error = await read("jsonl", '{"card":"4111-1111",}').catch((thrown: Error) => thrown);

  expect(String(error)).toContain("InvalidKeys");
  expect(String(error) + String((error as Error).cause)).not.toContain("4111");
});

it.each([
  ["9007199254740993", true],
  ["0.1", false],
  ["1.50", false],
  ["12345678901234567890", true],
  ["1e400", true],
  ["0.30000000000000000001", true],
  ["1E+2", false],
])("the JSON number %s loses digits: %s", async (number, inexact) => {
  const [record] = await read("jsonl", `{"id":${number}}`);

  expect(record?.value).toEqual({ id: inexact ? new InexactNumber(number) : Number(number) });
});
