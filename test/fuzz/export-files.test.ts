/** Files of incremental exports, whole and broken: every key of them is found, or an error says which file is wrong. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { collectExports } from "../../functions/evidence/export/collect-exports.ts";
import type { ExportRecord } from "../../functions/evidence/export/export-record.ts";
import { exportWindows } from "../../functions/evidence/export/export-windows.ts";
import { isoSeconds } from "../../functions/request/parse-time.ts";
import { Artifacts } from "../../functions/runtime/artifacts.ts";
import type { Dependencies } from "../../functions/runtime/dependencies.ts";
import type { Recovery } from "../../functions/runtime/recovery.ts";
import { MemoryS3 } from "../functions/evidence/memory-s3.ts";
import { fuzz, runs } from "./support/fuzz.ts";
import { jsonOf, junk } from "./support/junk.ts";
import { judge, KEY_SCHEMA, keyText, readKeys } from "./support/refused-keys.ts";

const BAD_SINCE = Date.UTC(2026, 10, 20, 2) / 1000;
const PREFIX = "recoveries/r-1/exports/window-001";
const SUMMARY = `${PREFIX}/AWSDynamoDB/01/manifest-summary.json`;
const FILES = `${PREFIX}/AWSDynamoDB/01/manifest-files.json`;
const TABLE_ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
const SECRET = "value-of-an-item";

const recovery = {
  recoveryId: "r-1",
  table: { tableName: "orders" },
  tableArn: TABLE_ARN,
  keySchema: KEY_SCHEMA,
  request: { table: "orders" },
  evidence: "export",
  restoreDateTime: BAD_SINCE - 1,
  incidentEnd: BAD_SINCE + 3599,
} as unknown as Recovery;

const [WINDOW] = exportWindows(recovery, 0);
const [FROM, TO] = [isoSeconds(WINDOW?.from ?? 0), isoSeconds(WINDOW?.to ?? 0)];
const RECORD: ExportRecord = {
  kind: "export",
  exports: { "window-001": { from: FROM, to: TO, s3Prefix: PREFIX, readyAt: TO, manifest: SUMMARY } },
};

const deps = (s3: MemoryS3) =>
  ({
    aws: { s3: s3.client },
    artifacts: new Artifacts(s3.client, "bucket"),
    recoveries: { get: async () => RECORD },
  }) as unknown as Dependencies;

type Line = Readonly<Record<string, unknown>>;

function lineOf(sk: number): Line {
  const Keys = { pk: { S: "TENANT#ä😀" }, sk: { N: String(sk) } };
  return {
    Metadata: { WriteTimestampMicros: String((BAD_SINCE + sk) * 1_000_000 + 7) },
    Keys,
    OldImage: { ...Keys, note: { S: SECRET }, list: { L: [{ N: "1" }, { M: { deep: { BOOL: true } } }] } },
    NewImage: { ...Keys, note: { S: SECRET } },
  };
}

/** Ways of being no line of this export. */
const BAD_LINES: readonly ((line: Line) => string)[] = [
  (line) => JSON.stringify({ ...line, Keys: undefined }),
  (line) => JSON.stringify({ ...line, Keys: { pk: { S: "a" } } }),
  (line) => JSON.stringify({ ...line, Keys: { pk: { S: "a" }, sk: { N: "seven" } } }),
  (line) => JSON.stringify({ ...line, Keys: { pk: { S: "a" }, sk: { N: 7 } } }),
  (line) => JSON.stringify({ ...line, Keys: { pk: { S: "" }, sk: { N: "7" } } }),
  (line) => JSON.stringify({ ...line, Keys: { pk: { S: "\ud800" }, sk: { N: "7" } } }),
  (line) => JSON.stringify({ ...line, Keys: { pk: "a", sk: 7 } }),
  (line) => JSON.stringify({ ...line, Keys: { pk: { S: "a", N: "1" }, sk: { N: "7" } } }),
  (line) => JSON.stringify({ ...line, OldImage: { pk: { S: "other" }, sk: { N: "7" } } }),
  (line) => JSON.stringify({ ...line, NewImage: { note: { S: SECRET } } }),
  (line) => JSON.stringify({ ...line, NewImage: { ...(line.NewImage as object), total: { N: "NaN" } } }),
  (line) => JSON.stringify({ ...line, NewImage: { ...(line.NewImage as object), total: { N: 12 } } }),
  (line) => JSON.stringify({ ...line, NewImage: { ...(line.NewImage as object), total: SECRET } }),
  (line) => JSON.stringify({ ...line, NewImage: { ...(line.NewImage as object), list: { L: [{ NS: ["1", "x"] }] } } }),
  (line) => JSON.stringify({ ...line, NewImage: { ...(line.NewImage as object), bytes: { B: "!" } } }),
  (line) => JSON.stringify({ ...line, Metadata: {} }),
  ...["soon", "", "-1", "1e999", "NaN", BAD_SINCE, BAD_SINCE * 1000, "1.5", null, {}, { N: "x" }, true].map(
    (WriteTimestampMicros) => (line: Line) => JSON.stringify({ ...line, Metadata: { WriteTimestampMicros } }),
  ),
  (line) => JSON.stringify(line).slice(0, -20),
  (line) => JSON.stringify({ Item: line.NewImage }),
  (line) => `${JSON.stringify(line)}${JSON.stringify(line)}`,
  () => "null",
  () => "\u0000\u0001",
  () => `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
];

type Break = (file: Buffer) => Buffer;
const cut = (share: number) => (file: Buffer) => file.subarray(0, Math.floor(file.length * share));
/** Ways of breaking a file of gzipped lines. */
const BREAKS: Readonly<Record<string, Break>> = {
  "cut in the middle": cut(0.5),
  "cut at the end": (file) => file.subarray(0, -1),
  "no bytes": cut(0),
  "not gzipped": () => Buffer.from(`${JSON.stringify(lineOf(1))}\n`),
  "something behind": (file) => Buffer.concat([file, Buffer.from("more")]),
  "another file behind": (file) => Buffer.concat([file, gzipSync(`${JSON.stringify(lineOf(77))}\n`)]),
  "a byte changed": (file) => Buffer.from(file.map((byte, index) => (index === 20 ? byte ^ 0x55 : byte))),
  "gzipped twice": (file) => gzipSync(file),
};

interface Case {
  /** Lines of each file; a number is a right line. */
  readonly files: readonly (readonly (number | string)[])[];
  readonly broken?: { readonly file: number; readonly how: string };
  readonly manifest?: string;
  readonly hasMd5: boolean;
}

const right = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }))
  .map(([files, lines]) =>
    Array.from({ length: files }, (_, file) => Array.from({ length: lines }, (_, line) => file * 10 + line + 1)),
  );

const cases: fc.Arbitrary<Case> = fc.oneof(
  fc.record({ files: right, hasMd5: fc.boolean() }),
  fc.tuple(right, fc.nat(), fc.nat(), fc.boolean()).map(([files, at, which, hasMd5]) => {
    const bad = BAD_LINES[which % BAD_LINES.length]?.(lineOf(99)) ?? "";
    return { files: withLine(files, at, bad), hasMd5 };
  }),
  fc
    .tuple(right, fc.nat(), junk, fc.boolean())
    .map(([files, at, value, hasMd5]) => ({ files: withLine(files, at, jsonOf(value)), hasMd5 })),
  fc.tuple(right, fc.nat(), fc.constantFrom(...Object.keys(BREAKS))).map(([files, at, how]) => ({
    files,
    broken: { file: at % files.length, how },
    hasMd5: true,
  })),
  fc
    .tuple(
      right,
      fc.constantFrom(
        "fewer files",
        "no files",
        "fewer lines",
        "more lines",
        "none of a file",
        "wrong sum",
        "junk",
        "cut",
        "file twice",
        "other hash",
        "other file",
      ),
    )
    .map(([files, manifest]) => ({ files, manifest, hasMd5: true })),
);

function withLine(files: readonly (readonly number[])[], at: number, bad: string) {
  return files.map((lines, file) =>
    file === at % files.length ? lines.map((line, index) => (index === at % lines.length ? bad : line)) : lines,
  );
}

function put(s3: MemoryS3, { files, broken, manifest, hasMd5 }: Case): void {
  let entries = files.map((lines, file) => {
    const text = lines.map((line) => `${typeof line === "number" ? JSON.stringify(lineOf(line)) : line}\n`).join("");
    const bytes = gzipSync(text);
    const dataFileS3Key = `${PREFIX}/AWSDynamoDB/data/file-${file}.json.gz`;
    s3.put(dataFileS3Key, broken?.file === file ? (BREAKS[broken.how]?.(bytes) ?? bytes) : bytes);
    const md5Checksum = createHash("md5").update(bytes).digest("base64");
    return { itemCount: lines.length, ...(hasMd5 ? { md5Checksum } : {}), etag: "x", dataFileS3Key };
  });
  let itemCount = entries.reduce((sum, entry) => sum + entry.itemCount, 0);
  const [first] = entries;
  if (!first) return;
  const change = (fields: object) => [{ ...first, ...fields }, ...entries.slice(1)];
  if (manifest === "fewer files") entries = entries.slice(1);
  if (manifest === "no files") entries = [];
  if (manifest === "fewer lines") entries = change({ itemCount: first.itemCount - 1 });
  if (manifest === "more lines") entries = change({ itemCount: first.itemCount + 1 });
  if (manifest === "none of a file") entries = change({ itemCount: 0 });
  if (manifest === "wrong sum") itemCount += 1;
  if (manifest === "file twice") entries = [first, ...entries];
  if (manifest === "other hash") entries = change({ md5Checksum: "AAAA" });
  if (manifest === "other file") entries = change({ dataFileS3Key: "uploads/other.json.gz" });
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
  s3.put(FILES, manifest === "junk" ? `${text}"x"\n` : manifest === "cut" ? text.slice(0, -5) : text);
  s3.put(
    SUMMARY,
    JSON.stringify({
      ...{ tableArn: TABLE_ARN, exportType: "INCREMENTAL_EXPORT", outputFormat: "DYNAMODB_JSON" },
      ...{ outputView: "NEW_AND_OLD_IMAGES", exportFromTime: FROM, exportToTime: TO },
      ...{ manifestFilesS3Key: FILES, itemCount },
    }),
  );
}

test("an export is read whole, or refused with the name of the file; keys are never fewer in silence", async () => {
  const ends = await fuzz("exports", cases, runs(1000), async (one) => {
    const s3 = new MemoryS3();
    put(s3, one);
    const lines = one.files.flat();
    const firstBad = lines.findIndex((line) => typeof line === "string");
    const isWhole = firstBad < 0 && one.broken === undefined && one.manifest === undefined;
    const keys = lines.filter((line) => typeof line === "number").map((line) => keyText("TENANT#ä😀", String(line)));
    const found = await readKeys(collectExports(recovery, undefined, deps(s3)));
    expect(found.error?.message ?? "").not.toContain(SECRET);
    return judge(
      // Of a broken file it is known only at its end: whatever was read before is not planned from.
      one.broken || one.manifest ? { ...found, keys: [] } : found,
      {
        keys: firstBad < 0 ? keys : keys.slice(0, firstBad),
        isWhole,
        name: "ExportFailed",
        says:
          firstBad < 0 ? /s3:\/\/bucket\/\S+/ : /file-\d\.json\.gz(, line \d+)? .*(Start a new|nothing was planned)/s,
      },
    );
  });
  expect(ends.read).toBeGreaterThan(0);
  expect(ends.refused).toBeGreaterThan(0);
}, 600_000);
