/** Rows of Logs Insights and records of an audit table that are not what they should be: a key of ours, left out by rule, or refused. */
import { GetQueryResultsCommand, StartQueryCommand } from "@aws-sdk/client-cloudwatch-logs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { audit } from "../../functions/key-sources/audit.ts";
import type { KeySource } from "../../functions/key-sources/key-source.ts";
import { logs } from "../../functions/key-sources/logs.ts";
import type { Dependencies } from "../../functions/runtime/dependencies.ts";
import type { Recovery } from "../../functions/runtime/recovery.ts";
import { AUDIT_KEYS, auditHour } from "../../kit/audit-log/audit-record.ts";
import { ITEM_CHANGE } from "../../kit/item-change-line.ts";
import { fuzz, runs } from "./support/fuzz.ts";
import { jsonOf, junk, longText } from "./support/junk.ts";
import { judge, KEY_SCHEMA, keyText, readKeys } from "./support/refused-keys.ts";

const BAD_SINCE = Date.UTC(2026, 10, 20, 2) / 1000;

function recoveryFrom(keysFrom: object): Recovery {
  return {
    recoveryId: "r-1",
    table: { tableName: "orders", changeLogGroups: ["/orders/changes"], auditTable: "orders-audit" },
    keySchema: KEY_SCHEMA,
    request: { table: "orders", keysFrom },
    restoreDateTime: BAD_SINCE - 1,
    incidentEnd: BAD_SINCE + 60,
  } as unknown as Recovery;
}

/** One record: with the key that it names, with none by rule, or with what is no record. */
interface Told {
  readonly value: unknown;
  readonly key?: string;
  readonly isJunk?: boolean;
}

async function readAll(source: KeySource, told: readonly Told[], keysFrom: object, deps: object): Promise<string> {
  const bad = told.findIndex(({ isJunk }) => isJunk);
  const whole = bad < 0 ? told : told.slice(0, bad);
  const now = () => new Date((BAD_SINCE + 7200) * 1000);
  const read = await readKeys(
    source.read(recoveryFrom(keysFrom), undefined, { now, ...deps } as unknown as Dependencies),
  );
  // Lines of one moment come in any order: a stretch of a log is sorted.
  const inOrder = (keys: readonly string[]) => (source.kind === "logs" ? [...keys].sort() : keys);
  const found = { ...read, keys: inOrder(read.keys) };
  expect(found.error?.message ?? "").not.toContain("secretsecretsecretsecretsecret");
  return judge(found, {
    keys: inOrder(whole.flatMap(({ key }) => (key === undefined ? [] : [key]))),
    isWhole: bad < 0,
    name: "InvalidKeys",
    says:
      source.kind === "logs" ? /^Change log line of .{3,30}: .{10}/ : /^A record of audit table "orders-audit" .{20}/,
  });
}

const listOf = (good: fc.Arbitrary<Told>, bad: fc.Arbitrary<Told>) =>
  fc
    .tuple(fc.array(good, { maxLength: 6 }), fc.option(bad, { nil: undefined }), fc.array(good, { maxLength: 2 }))
    .map(([before, wrong, after]) => [...before, ...(wrong ? [wrong, ...after] : [])]);

const text = fc.constantFrom("TENANT#acme", "ä😀", '}{"', "\\", "__proto__", " ");
const number = fc.constantFrom("0", "7", "-1.5", "12345678901234567890123456789012345678");

const line = (fields: object) => ({
  time: "2026-11-20T02:00:00Z",
  kind: ITEM_CHANGE,
  table: "orders",
  action: "update",
  ...fields,
});
const PREFIXES = ["", "2026-11-20T02:00:00.000Z\tid\tINFO\t", "  ", "[INFO] "];

const goodRow: fc.Arbitrary<Told> = fc
  .tuple(
    text,
    number,
    fc.constantFrom(...PREFIXES),
    fc.constantFrom("orders", "invoices"),
    fc.constantFrom("", "\n", " and more }"),
  )
  .map(([pk, sk, prefix, table, ending]) => ({
    value: prefix + JSON.stringify(line({ table, key: { pk, sk: { N: sk } }, writer: "release-41" })) + ending,
    ...(table === "orders" ? { key: keyText(pk, sk) } : {}),
  }));

const badRow: fc.Arbitrary<Told> = fc
  .oneof(
    fc.constantFrom(
      ...[
        "",
        "{",
        "}",
        "null",
        "REPORT RequestId",
        '{"kind":"other"}',
        JSON.stringify(line({})),
        JSON.stringify(line({ key: null })),
      ],
      ...[
        [],
        "a",
        7,
        { pk: "a" },
        { pk: 7, sk: 7 },
        { pk: "a", sk: "x" },
        { pk: { N: "1" }, sk: 7 },
        { pk: "", sk: 7 },
      ].map((key) => JSON.stringify(line({ key }))),
      JSON.stringify(line({ key: { pk: "secret".repeat(40_000), sk: 7 } })),
      JSON.stringify(line({ key: { pk: "a", sk: 7 } })).slice(0, -3),
      JSON.stringify(line({ key: { pk: "a", sk: 7 } })).replace(":7", ":9007199254740993"),
      JSON.stringify(line({ key: { pk: "\ud800", sk: 7 } })),
      `{"kind":"${ITEM_CHANGE}","table":"orders","key":{"pk":${"[".repeat(20_000)}${"]".repeat(20_000)},"sk":7}}`,
    ),
    junk.map(jsonOf),
    junk.filter((key) => !(typeof key === "object" && key !== null && "pk" in key)).map((key) => jsonOf(line({ key }))),
    longText,
  )
  .map((value) => ({ value, isJunk: true }));

test("rows of a change log", async () => {
  const ends = await fuzz("change log rows", listOf(goodRow, badRow), runs(600), async (rows) => {
    const send = async (command: object) => {
      if (command instanceof StartQueryCommand) return { queryId: "q" };
      if (!(command instanceof GetQueryResultsCommand)) throw new Error(`unexpected ${command.constructor.name}`);
      const results = rows.map(({ value }) => [
        { field: "@timestamp", value: "2026-11-20 02:00:00.000" },
        ...(value === "" ? [] : [{ field: "@message", value }]),
      ]);
      return { status: "Complete", results, statistics: { recordsMatched: rows.length } };
    };
    return readAll(logs, rows, { logs: {} }, { aws: { logs: { send } } });
  });
  expect(ends.read).toBeGreaterThan(0);
  expect(ends.refused).toBeGreaterThan(0);
}, 300_000);

const goodRecord: fc.Arbitrary<Told> = fc.tuple(text, number).map(([pk, sk]) => ({
  value: { M: { pk: { S: pk }, sk: { N: sk } } },
  key: keyText(pk, sk),
}));
const badRecord: fc.Arbitrary<Told> = fc
  .constantFrom<unknown>(
    ...[
      undefined,
      { S: "x" },
      { M: {} },
      { M: { pk: { S: "a" } } },
      { M: { pk: { N: "1" }, sk: { N: "1" } } },
      { NULL: true },
    ],
    ...[
      { L: [] },
      { M: { pk: { S: "a" }, sk: { S: "1" } } },
      { M: { pk: { M: {} }, sk: { N: "1" } } },
      { M: { PK: { S: "a" }, SK: { N: "1" } } },
    ],
    ...[{ M: { pk: { S: "a" }, sk: { N: "seven" } } }, { M: { pk: { S: "" }, sk: { N: "1" } } }],
  )
  .map((value) => ({ value, isJunk: true }));

test("records of an audit table", async () => {
  const [hour] = [auditHour(new Date(BAD_SINCE * 1000).toISOString(), 0)];
  const ends = await fuzz("audit records", listOf(goodRecord, badRecord), runs(1000), async (records) => {
    const send = async ({ input }: { input: { ExpressionAttributeValues: Record<string, { S: string }> } }) => ({
      Items:
        input.ExpressionAttributeValues[":hour"]?.S === hour
          ? records.map(({ value }, index) => ({
              [AUDIT_KEYS.sort]: { S: `2026-11-20T02:00:00.000Z#${index}` },
              key: value,
            }))
          : [],
    });
    return readAll(audit, records, { audit: {} }, { aws: { dynamodb: { send } } });
  });
  expect(ends.read).toBeGreaterThan(0);
  expect(ends.refused).toBeGreaterThan(0);
}, 300_000);
