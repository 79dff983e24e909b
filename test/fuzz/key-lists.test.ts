/** Lists of keys in S3, right, with junk among the lines, and as no list at all: every key is one of them, or an error says where. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { s3 } from "../../functions/key-sources/s3.ts";
import type { Dependencies } from "../../functions/runtime/dependencies.ts";
import type { Recovery } from "../../functions/runtime/recovery.ts";
import { MemoryS3 } from "../functions/evidence/memory-s3.ts";
import { fuzz, runs } from "./support/fuzz.ts";
import { jsonOf, junk, longText } from "./support/junk.ts";
import { judge, KEY_SCHEMA, keyText, type ReadKeys, readKeys } from "./support/refused-keys.ts";

type Format = "jsonl" | "json" | "csv";

/** A line of a list: a key in the order of the list, nothing, or what is no key. */
interface Line {
  readonly text: string;
  readonly key?: readonly [pk: string, sk: string];
  readonly isJunk?: boolean;
}

const pk = fc.constantFrom(
  "TENANT#acme",
  "ä😀",
  "a,b",
  'a"b',
  " a ",
  "a\tb",
  "0010",
  "__proto__",
  "null",
  "{",
  "]",
  "\u2028",
);
const sk = fc.constantFrom("0", "7", "-1", "1.5", "12345678901234567890123456789012345678");
const keys = fc.tuple(pk, sk);

const isExact = (number: string) => String(Number(number)) === number && Number.isSafeInteger(Number(number) * 10);
const plain = (text: string, number: string) => ({ pk: text, sk: isExact(number) ? Number(number) : number });
const typed = (text: string, number: string) => ({ pk: { S: text }, sk: { N: number } });

const JSON_FORMS: readonly ((text: string, number: string) => unknown)[] = [
  plain,
  typed,
  (text, number) => ({ pk: { S: text }, sk: number }),
  (text, number) => ({ ...plain(text, number), total: 9, note: { S: "x" }, key: { pk: "other", sk: 1 } }),
  (text, number) => ({ table: "orders", action: "update", key: typed(text, number) }),
  (text, number) => ({ Metadata: {}, Keys: typed(text, number), NewImage: typed("other", "1") }),
  (text, number) => ({ Item: typed(text, number) }),
];

/** Each is no key of this table, and one line. */
const JSON_JUNK = [
  ...[
    "{",
    "}",
    '{"pk":',
    '{"pk":"a","sk":7}}',
    '{"pk":"a" "sk":7}',
    "{'pk':'a','sk':7}",
    '{"pk":"a","sk":7},',
    "\u0000",
  ],
  ...[
    "null",
    "7",
    '"a"',
    "true",
    "[]",
    "{}",
    "NaN",
    '{"pk":"a"}',
    '{"sk":7}',
    '{"PK":"a","SK":7}',
    '{"pk":null,"sk":7}',
  ],
  ...[
    '{"pk":"a","sk":null}',
    '{"pk":7,"sk":7}',
    '{"pk":"a","sk":"seven"}',
    '{"pk":"a","sk":true}',
    '{"pk":"a","sk":""}',
  ],
  ...['{"pk":"","sk":7}', '{"pk":{"N":"7"},"sk":7}', '{"pk":{"S":"a","N":"7"},"sk":7}', '{"pk":{"S":7},"sk":7}'],
  ...['{"pk":["a"],"sk":7}', '{"pk":"a","sk":9007199254740993}', '{"pk":"a","sk":1e999}', '{"pk":"a","sk":1.5e-200}'],
  ...['{"pk":"a","sk":"1e200"}', '{"pk":"\\ud800","sk":7}', '{"table":"invoices","key":{"pk":"a","sk":7}}'],
  ...[
    '{"__proto__":{"pk":"a","sk":7}}',
    '{"pk":{"__proto__":"a"},"sk":7}',
    '{"Keys":[{"pk":"a"}]}',
    '{"pk":"a","sk":"0x10"}',
  ],
  ...['{"pk":"a","sk":" 7"}', '{"pk":"a","sk":"١"}', "\u001f\u008b\b", `{"pk":"${"x".repeat(2100)}","sk":7}`],
  ...[`{"pk":${"[".repeat(20_000)}${"]".repeat(20_000)},"sk":7}`, `{"pk":"a","sk":${"9".repeat(400_000)}}`],
  ...[`{"pk":"a","sk":"1${"0".repeat(400_000)}1"}`, `{"pk":"${"secret".repeat(70_000)}","sk":7}`],
];
const CSV_JUNK = [
  "a",
  "a,7,8",
  "a,",
  ",7",
  "a,seven",
  '"a"b,7',
  'a"b,7',
  "a,7;",
  "a,\u0000",
  `${"x".repeat(2100)},7`,
  "a,0x10",
];

const junkLine = (format: Format): fc.Arbitrary<Line> => {
  // In an array these are a key and something behind it.
  const texts = format === "csv" ? CSV_JUNK : JSON_JUNK.filter((text) => format === "jsonl" || !/\}[},]$/.test(text));
  const made = junk.filter((value) => !isKey(value)).map(jsonOf);
  return fc
    .oneof(
      { weight: 6, arbitrary: fc.constantFrom(...texts) },
      ...(format === "csv" ? [] : [{ weight: 1, arbitrary: made }]),
    )
    .map((text) => ({ text, isJunk: true }));
};

/** Junk that happens to be right is none. */
function isKey(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    ("pk" in value || "key" in value || "Keys" in value || "Item" in value)
  );
}

const keyLine = (format: Format): fc.Arbitrary<Line> =>
  fc.tuple(keys, fc.constantFrom(...JSON_FORMS)).map(([key, form]) => ({
    text:
      format === "csv"
        ? key.map((value) => (/[",\t ]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(",")
        : jsonOf(form(...key)),
    key,
  }));

interface List {
  readonly format: Format;
  readonly lines: readonly Line[];
  readonly ends: readonly string[];
  readonly hasBom: boolean;
  readonly hasLastEnd: boolean;
  readonly chunkBytes: number;
  readonly resumeAfter: number;
}

const listOf = (format: Format): fc.Arbitrary<List> =>
  fc.record({
    format: fc.constant(format),
    lines: fc
      .tuple(
        fc.array(keyLine(format), { maxLength: 8 }),
        fc.option(junkLine(format), { nil: undefined }),
        fc.array(keyLine(format), { maxLength: 3 }),
      )
      .map(([before, bad, after]) => [...before, ...(bad ? [bad, ...after] : [])]),
    // Whoever merged two lists has both.
    ends: fc.array(fc.constantFrom("\n", "\r\n", "\n", ...(format === "json" ? [] : ["\n\n", "\r\n\r\n", "\n\r\n"])), {
      minLength: 1,
      maxLength: 4,
    }),
    hasBom: fc.boolean(),
    hasLastEnd: fc.boolean(),
    chunkBytes: fc.constantFrom(1, 2, 3, 7, 64, 65_536),
    resumeAfter: fc.nat({ max: 8 }),
  });

/** The text, and the line on which each of the list's lines begins. */
function written({ format, lines, ends, hasBom, hasLastEnd }: List): {
  readonly text: string;
  readonly begins: number[];
} {
  const all = [...(format === "csv" ? ["pk,sk"] : []), ...lines.map(({ text }) => text)];
  const begins: number[] = [];
  let text = format === "json" ? "[" : "";
  let line = 1;
  for (const [index, one] of all.entries()) {
    begins.push(line);
    const end = index < all.length - 1 || hasLastEnd ? (ends[index % ends.length] ?? "\n") : "";
    text += one + (format === "json" && index < all.length - 1 ? "," : "") + end;
    line += end.split("\n").length - 1;
  }
  if (format === "json") text += "]";
  return { text: (hasBom ? "\ufeff" : "") + text, begins: format === "csv" ? begins.slice(1) : begins };
}

function worldWith(format: Format, bytes: string | Buffer, chunkBytes: number) {
  const memory = new MemoryS3();
  memory.chunkBytes = chunkBytes;
  const key = `uploads/keys.${format}`;
  memory.put(key, bytes);
  const recovery = { table: { tableName: "orders" }, keySchema: KEY_SCHEMA, request: { keysFrom: { s3: { key } } } };
  const deps = { aws: { s3: memory.client }, artifacts: { bucket: "bucket" } };
  return { recovery: recovery as unknown as Recovery, deps: deps as unknown as Dependencies };
}

/** Reads in two goes, as two slices do. */
async function readInTwo(format: Format, bytes: string | Buffer, chunkBytes: number, first: number): Promise<ReadKeys> {
  const { recovery, deps } = worldWith(format, bytes, chunkBytes);
  let resumeAt: object | undefined;
  const begin = await readKeys(
    (async function* () {
      let count = 0;
      if (first === 0) return;
      for await (const step of s3.read(recovery, undefined, deps)) {
        resumeAt = JSON.parse(JSON.stringify(step.resumeAt)) as object;
        yield step;
        if (++count >= first) return;
      }
    })(),
  );
  if (begin.error) return begin;
  const rest = await readKeys(s3.read(recovery, resumeAt as never, deps));
  return { ...rest, keys: [...begin.keys, ...rest.keys] };
}

test("a list with junk among its lines is refused with the first of them, and gives no key that is not in it", async () => {
  const lists = fc.oneof(listOf("jsonl"), listOf("jsonl"), listOf("csv"), listOf("json"));
  const ends = await fuzz("key lists", lists, runs(2000), async (list) => {
    const { text, begins } = written(list);
    const bad = list.lines.findIndex(({ isJunk }) => isJunk);
    const isEmptyArray = list.format === "json" && bad < 0 && list.lines.length === 0;
    const right = (bad < 0 ? list.lines : list.lines.slice(0, bad)).flatMap(({ key }) =>
      key ? [keyText(...key)] : [],
    );
    // A long line from single bytes takes its time.
    const chunkBytes = text.length > 20_000 ? 65_536 : list.chunkBytes;
    const found = await readInTwo(list.format, text, chunkBytes, isEmptyArray ? 0 : list.resumeAfter);
    // Where a brace is missing in an array nobody can say on which line; elsewhere it is the very line.
    const line = list.format === "json" ? "\\d+" : String(begins[bad] ?? "none");
    expect(found.error?.message ?? "").not.toContain("secretsecretsecretsecretsecret");
    return judge(found, {
      keys: right,
      isWhole: bad < 0,
      name: "InvalidKeys",
      says: new RegExp(`^s3://bucket/uploads/keys\\.${list.format}, line ${line}: .{10}`, "s"),
    });
  });
  expect(ends.read).toBeGreaterThan(0);
  expect(ends.refused).toBeGreaterThan(0);
}, 600_000);

/** A list of a hundred keys, and what may become of it on its way. */
const LIST = Array.from({ length: 100 }, (_, index) => `{"pk":"TENANT#ä😀","sk":${index}}`);
const WHOLE: Readonly<Record<Format, string>> = {
  jsonl: `${LIST.join("\n")}\n`,
  json: `[${LIST.join(",\n")}]\n`,
  csv: `pk,sk\n${LIST.map((_, index) => `TENANT#ä😀,"${index}"`).join("\n")}\n`,
};
const LISTED = LIST.map((_, index) => keyText("TENANT#ä😀", String(index)));

const DAMAGES: Readonly<Record<string, (text: string, at: number) => Buffer>> = {
  gzip: (text) => gzipSync(text),
  "UTF-16": (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
  "UTF-16 without a mark": (text) => Buffer.from(text, "utf16le"),
  "Latin-1": (text) => Buffer.from(text, "latin1"),
  cut: (text, at) => Buffer.from(text).subarray(0, at),
  "a byte of no text": (text, at) =>
    Buffer.concat([Buffer.from(text).subarray(0, at), Buffer.of(0xff), Buffer.from(text).subarray(at)]),
  "a byte of zero": (text, at) =>
    Buffer.concat([Buffer.from(text).subarray(0, at), Buffer.of(0), Buffer.from(text).subarray(at)]),
  "an image": (_text, at) =>
    Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919 + at * 31 + (index >> 3)) & 0xff)),
  "a long line": (text) => Buffer.from(text.replace("ä", "ä".repeat(4_300_000))),
  "old line ends": (text) => Buffer.from(text.replaceAll("\n", "\r")),
  twice: (text) => Buffer.from(text + text),
};

test("what is no list at all, or was damaged on its way, is refused by name or gives keys of the list alone", async () => {
  const damaged = fc.tuple(
    fc.constantFrom<Format>("jsonl", "json", "csv"),
    fc.constantFrom(...Object.keys(DAMAGES)),
    fc.nat({ max: 3000 }),
    fc.constantFrom(3, 100, 65_536),
  );
  const known = new Set(LISTED);
  const ends = await fuzz("damaged key lists", damaged, runs(150), async ([format, how, at, chunkBytes]) => {
    const bytes = DAMAGES[how]?.(WHOLE[format], at) ?? Buffer.from("");
    const small = how === "a long line" ? 65_536 : chunkBytes;
    const { keys, error } = await readInTwo(format, bytes, small, 0);
    if (error && error.name !== "InvalidKeys") throw new Error(`${error.name} is none of ours: ${error.stack}`);
    if (error && !/^s3:\/\/bucket\/uploads\/keys\.\w+, line \d+: .{10}/s.test(error.message)) throw error;
    if (error && error.message.length > 500) throw new Error(`the message is too long: ${error.message.slice(0, 300)}`);
    // A comma-separated row that is cut, or has a sign more, looks whole: nobody can tell.
    const guessable = format === "csv" && (how === "cut" || how === "a byte of zero");
    const wrong = keys.find((key) => !known.has(key));
    if (wrong !== undefined && !guessable) throw new Error(`a wrong key: ${wrong.slice(0, 100)}`);
    return error ? "refused" : "read";
  });
  expect(ends.refused).toBeGreaterThan(0);
}, 600_000);

test("bytes and text of any kind are no keys", async () => {
  const any = fc.tuple(
    fc.constantFrom<Format>("jsonl", "json", "csv"),
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: "binary", maxLength: 200 }).map((text) => Buffer.from(text)),
      longText.map((text) => Buffer.from(text)),
      fc.array(junk, { maxLength: 3 }).map((values) => Buffer.from(values.map(jsonOf).join("\n"))),
    ),
  );
  await fuzz("lists of anything", any, runs(600), async ([format, bytes]) => {
    const { keys, error } = await readInTwo(format, bytes, 4096, 0);
    expect(keys).toEqual([]);
    if (error && error.name !== "InvalidKeys") throw new Error(`${error.name} is none of ours: ${error.stack}`);
    if (error && error.message.length > 500) throw new Error(`the message is too long: ${error.message.slice(0, 300)}`);
    return error ? "refused" : "nothing";
  });
}, 600_000);
