/** What every key source owes, whichever it is: the same keys, in slices of any size, de-duplicated into parts. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectEvidence } from "../../../functions/collect-evidence.ts";
import { collectKeys } from "../../../functions/collect-keys.ts";
import { compareSegment } from "../../../functions/compare-segment.ts";
import type { Item } from "../../../functions/items/item.ts";
import { encodeItem, type JsonItem } from "../../../functions/items/item-json.ts";
import { canonicalKey } from "../../../functions/items/key.ts";
import {
  type CollectedFrom,
  collectSlice,
  comparedSegment,
  recordedSlices,
  SLICE_BUDGET,
} from "../../../functions/key-sources/collect-slice.ts";
import { readSegment } from "../../../functions/key-sources/compare/read-segment.ts";
import { evidenceReader, type ReadEvidence } from "../../../functions/key-sources/evidence-reader.ts";
import type { KeysRecord } from "../../../functions/key-sources/key-parts.ts";
import { type Cursor, keySourceOf } from "../../../functions/key-sources/key-source.ts";
import { listParts } from "../../../functions/list-parts.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { auditItem } from "../../../kit/audit-log/audit-record.ts";
import { BEGIN, RecoveryWorld } from "../evidence/recovery-world.ts";
import { CHANGES, type ChangeLog, startChangeLog } from "./change-log.ts";

interface Source {
  readonly name: string;
  readonly canRepeat: boolean;
  /** Makes the source name these keys, and begins a recovery from it. */
  given(keys: readonly Item[], change?: Partial<Recovery>): Promise<Recovery>;
  /** Of a source that a map goes through, its only segment; missing: CollectKeys reads it. */
  readonly segment?: {
    readonly from: CollectedFrom;
    read(recovery: Recovery): ReadEvidence;
    collect(slice: number): Promise<{ status: string; slice: number; keys: number }>;
  };
}

let world: RecoveryWorld;
let changeLog: ChangeLog | undefined;
beforeEach(async () => {
  world = await RecoveryWorld.start();
  const keys = [
    ["pk", "S"],
    ["sk", "N"],
  ] as const;
  await world.createTable("orders", keys);
  await world.createTable("backstitch-r-1-before", keys);
});
afterEach(async () => {
  await changeLog?.close();
  changeLog = undefined;
  await world.close();
});

const step = { recoveryId: "r-1", table: "orders" };
const plain = (key: Item) => ({ pk: key.pk?.S, sk: key.sk?.N });

function s3Source(extension: string, text: (keys: readonly Item[]) => string): Source {
  return {
    name: `s3 (${extension})`,
    canRepeat: true,
    async given(keys, change = {}) {
      world.s3.chunkBytes = 11;
      world.s3.put(`uploads/keys.${extension}`, text(keys));
      const recovery = await world.recover({ keySource: "s3", ...change });
      return world.recover({
        ...recovery,
        request: { ...recovery.request, keysFrom: { s3: { key: `uploads/keys.${extension}` } } },
      });
    },
  };
}

const sources: readonly Source[] = [
  {
    name: "list",
    canRepeat: true,
    async given(keys, change = {}) {
      await world.deps.artifacts.putJson("r-1", "request.json", { table: "orders", keys: keys.map(plain) });
      return world.recover({ keySource: "list", ...change });
    },
  },
  s3Source("jsonl", (keys) => keys.map((key) => JSON.stringify(plain(key))).join("\n")),
  s3Source("json", (keys) => JSON.stringify(keys.map(plain), undefined, 1)),
  s3Source("csv", (keys) => ["pk,sk", ...keys.map((key) => `"${key.pk?.S}",${key.sk?.N}`)].join("\r\n")),
  {
    name: "partition",
    canRepeat: false,
    async given(keys, change = {}) {
      for (const [index, key] of keys.entries()) {
        // The incident deleted a third of them; a third it created; the others are in both.
        if (index % 3 !== 0) await world.put("orders", { ...key, state: { S: "bad" } });
        if (index % 3 !== 1) await world.put("backstitch-r-1-before", { ...key, state: { S: "good" } });
      }
      const recovery = await world.recover({ keySource: "partition", ...change });
      return world.recover({
        ...recovery,
        request: { ...recovery.request, keysFrom: { partition: { key: "TENANT#a" } } },
      });
    },
  },
  {
    name: "logs",
    canRepeat: true,
    async given(keys, change = {}) {
      changeLog = await startChangeLog(world);
      changeLog.at(BEGIN + 601);
      changeLog.write(...keys.map((key) => ({ key: { pk: key.pk?.S ?? "", sk: { N: key.sk?.N ?? "" } } })));
      changeLog.write({ key: { pk: "TENANT#a", sk: 55 }, table: "customers" });
      world.passSeconds(7200);
      const recovery = await world.recover({ keySource: "logs", incidentEnd: BEGIN + 700, ...change });
      return world.recover({
        ...recovery,
        table: { ...recovery.table, changeLogGroups: [CHANGES] },
        request: { ...recovery.request, keysFrom: { logs: {} } },
      });
    },
  },
  {
    name: "audit",
    canRepeat: true,
    async given(keys, change = {}) {
      const changed = (key: Item, seconds: number, index = 0) =>
        world.put(
          "orders-audit",
          auditItem(
            {
              eventID: `e-${index}`,
              eventName: "MODIFY",
              dynamodb: { ApproximateCreationDateTime: seconds, Keys: encodeItem(key) },
            },
            { images: false, keepDays: 35 },
          ),
        );
      await world.createTable("orders-audit", [
        ["hour", "S"],
        ["change", "S"],
      ]);
      for (const [index, key] of keys.entries()) await changed(key, BEGIN + 601 + index * 300, index);
      await changed({ pk: { S: "TENANT#a" }, sk: { N: "55" } }, BEGIN);
      world.passSeconds(36_000);
      const recovery = await world.recover({ keySource: "audit", incidentEnd: BEGIN + 20_000, ...change });
      return world.recover({
        ...recovery,
        table: { ...recovery.table, auditTable: "orders-audit" },
        request: { ...recovery.request, keysFrom: { audit: {} } },
      });
    },
  },
  {
    name: "timestamp",
    canRepeat: false,
    async given(keys, change = {}) {
      for (const key of keys) await world.put("orders", { ...key, updatedAt: { N: String(BEGIN + 601) } });
      await world.put("orders", { pk: { S: "TENANT#a" }, sk: { N: "55" }, updatedAt: { N: String(BEGIN) } });
      const recovery = await world.recover({ keySource: "timestamp", ...change });
      const timestamp = { attribute: "updatedAt", format: "epochSeconds" as const };
      return world.recover({ ...recovery, request: { ...recovery.request, keysFrom: { timestamp } } });
    },
  },
  {
    name: "compare",
    canRepeat: false,
    async given(keys, change = {}) {
      await world.put("orders", { pk: { S: "TENANT#a" }, sk: { N: "55" }, state: { S: "good" } });
      await world.put("backstitch-r-1-before", { pk: { S: "TENANT#a" }, sk: { N: "55" }, state: { S: "good" } });
      for (const [index, key] of keys.entries()) {
        // The incident deleted a third of them; a third it created; the others are different.
        if (index % 3 !== 0) await world.put("orders", { ...key, state: { S: "bad" } });
        if (index % 3 !== 1) await world.put("backstitch-r-1-before", { ...key, state: { S: "good" } });
      }
      await world.deps.recoveries.put("r-1", "compare-segments", { segments: 1 });
      return world.recover({ keySource: "compare", ...change });
    },
    segment: {
      from: comparedSegment(0),
      read: (recovery) => (cursor) => readSegment(recovery, { segment: 0, segments: 1 }, cursor, world.deps),
      collect: (slice) => compareSegment({ ...step, segment: 0, slice }, world.deps),
    },
  },
];

const KEYS: readonly Item[] = [
  "0",
  "-1",
  "2.5",
  "9007199254740993",
  "12345678901234567890123456789012345678",
  "0.00000000000000000000000000000000000001",
  ..."abcdefghijklmnop".split("").map((_, index) => String(100 + index)),
].map((sk) => ({ pk: { S: "TENANT#a" }, sk: { N: sk } }));

function readOf(recovery: Recovery, { segment }: Source): ReadEvidence {
  if (segment) return segment.read(recovery);
  return (cursor: Cursor | undefined) => {
    const source = keySourceOf(recovery);
    if (!source) throw new Error(`There is no key source of kind ${recovery.keySource}.`);
    return source.read(recovery, cursor, world.deps);
  };
}

const fromOf = ({ segment }: Source): CollectedFrom => segment?.from ?? "source";

/** One slice by the step itself. */
function collectByStep({ segment }: Source, slice: number) {
  return segment ? segment.collect(slice) : collectKeys({ ...step, slice }, world.deps);
}

async function collectAll(source: Source, recovery: Recovery, keysASlice: number): Promise<number> {
  const readEvidence = evidenceReader(recovery, world.deps);
  if (readEvidence) await collectFrom("evidence", readEvidence, recovery, keysASlice);
  return collectFrom(fromOf(source), readOf(recovery, source), recovery, keysASlice);
}

async function collectFrom(from: CollectedFrom, read: ReadEvidence, recovery: Recovery, keys: number): Promise<number> {
  for (let slice = 0; ; slice++) {
    const collected = await collectSlice(recovery, from, slice, read, world.deps, { ...SLICE_BUDGET, keys });
    if (collected.status === "ready") return slice + 1;
  }
}

async function keysOfParts(): Promise<JsonItem[]> {
  const manifest = await world.deps.artifacts.getJson<{ part: string }[]>("r-1", "parts.json");
  const parts = await Promise.all(
    manifest.map(({ part }) => world.deps.artifacts.getJson<{ keys: JsonItem[] }>("r-1", `keys/${part}.json`)),
  );
  return parts.flatMap(({ keys }) => keys);
}

function ids(keys: readonly (Item | JsonItem)[], { keySchema }: Recovery): string[] {
  return keys.map((key) => canonicalKey(key as Item, keySchema)).sort();
}

describe.each(sources)("key source $name", (source) => {
  it.each([1, 3, 1000])("names every key with all its digits, %i a slice", async (keysASlice) => {
    const recovery = await source.given(KEYS);

    const slices = await collectAll(source, recovery, keysASlice);
    const output = await listParts(step, world.deps);

    expect(slices > 1).toBe(keysASlice < KEYS.length);
    expect(output).toEqual({
      parts: 1,
      keys: KEYS.length,
      manifest: { bucket: "bucket", key: "recoveries/r-1/parts.json" },
    });
    expect(ids(await keysOfParts(), recovery)).toEqual(ids(KEYS, recovery));
  });

  it("collects by the step itself, which says where it stands", async () => {
    await source.given(KEYS);

    const output = await collectByStep(source, 0);

    expect(output).toMatchObject({ status: "ready", slice: 0 });
    expect(output.keys).toBeGreaterThan(0);
  });

  it("answers a repeated slice as before, and writes the same parts again", async () => {
    const recovery = await source.given(KEYS);
    await collectAll(source, recovery, 4);
    await listParts(step, world.deps);
    const before = world.s3.keys("recoveries/r-1/keys/").map((key) => world.s3.text(key));

    await collectAll(source, recovery, 7);
    await listParts(step, world.deps);

    expect(world.s3.keys("recoveries/r-1/keys/").map((key) => world.s3.text(key))).toEqual(before);
  });

  it("has one answer for a slice, though two attempts at it are alive and one got further", async () => {
    const recovery = await source.given(KEYS);
    const readEvidence = evidenceReader(recovery, world.deps);
    if (readEvidence) await collectFrom("evidence", readEvidence, recovery, 1000);
    const attempt = (slice: number, keys: number) =>
      collectSlice(recovery, fromOf(source), slice, readOf(recovery, source), world.deps, { ...SLICE_BUDGET, keys });

    for (let slice = 0, status = "running"; status !== "ready"; slice++) {
      const [one, other] = await Promise.all([attempt(slice, 5), attempt(slice, 2)]);
      expect(one).toEqual(other);
      status = one.status;
    }

    expect(await listParts(step, world.deps)).toMatchObject({ keys: KEYS.length });
    expect(ids(await keysOfParts(), recovery)).toEqual(ids(KEYS, recovery));
    expect(await world.deps.recoveries.get<KeysRecord>("r-1", "keys")).toMatchObject({ duplicates: 0 });
  });

  it("finds nothing where there is nothing", async () => {
    await source.given([]);

    expect(await collectByStep(source, 0)).toEqual({ status: "ready", slice: 0, keys: 0 });
    expect(await collectEvidence({ ...step, slice: 0 }, world.deps)).toEqual({ status: "ready", slice: 0, lines: 0 });
    expect(await listParts(step, world.deps)).toMatchObject({ parts: 0, keys: 0 });
    expect(await keysOfParts()).toEqual([]);
  });

  it.runIf(source.canRepeat)("counts repeated keys and lists each once, also over slices", async () => {
    const twice = KEYS.map((key) => ({ ...key, sk: { N: `${key.sk?.N}${key.sk?.N?.includes(".") ? "0" : ".0"}` } }));
    const recovery = await source.given([...KEYS, ...twice]);

    await collectAll(source, recovery, 5);
    await listParts(step, world.deps);

    expect(ids(await keysOfParts(), recovery)).toEqual(ids(KEYS, recovery));
    expect(await world.deps.recoveries.get<KeysRecord>("r-1", "keys")).toEqual({
      source: recovery.keySource,
      collected: 2 * KEYS.length,
      duplicates: KEYS.length,
      outsideTenants: 0,
      onlyInEvidence: 0,
      untouched: 0,
      keys: KEYS.length,
      parts: 1,
      blindSpot: keySourceOf(recovery)?.blindSpot?.(recovery),
    });
  });

  it("drops and counts the keys of tenants that were not asked for", async () => {
    const recovery = await source.given(KEYS);
    const narrowed = await world.recover({ ...recovery, request: { ...recovery.request, tenants: ["b"] } });

    const slices = await collectAll(source, narrowed, 1000);
    await listParts(step, world.deps);

    expect(slices).toBe(1);
    const record = await world.deps.recoveries.get<KeysRecord>("r-1", "keys");
    expect(record).toMatchObject({ keys: 0, parts: 0 });
    expect(record?.outsideTenants).toBeGreaterThan(0);
  });

  it("keeps the keys of the tenants that were asked for", async () => {
    const recovery = await source.given(KEYS);
    const narrowed = await world.recover({ ...recovery, request: { ...recovery.request, tenants: ["a"] } });

    await collectAll(source, narrowed, 1000);

    expect(await listParts(step, world.deps)).toMatchObject({ keys: KEYS.length });
  });

  it("does not list parts before its keys are collected to the end", async () => {
    const recovery = await source.given(KEYS);
    await expect(listParts(step, world.deps)).rejects.toMatchObject({ name: "MissingResult" });

    const read = readOf(recovery, source);
    await collectSlice(recovery, fromOf(source), 0, read, world.deps, { ...SLICE_BUDGET, keys: 1 });

    await expect(listParts(step, world.deps)).rejects.toThrow(/1 slices were read/);
    expect(await recordedSlices("r-1", fromOf(source), world.deps)).toHaveLength(1);
  });

  it("refuses a slice whose predecessor was never read", async () => {
    await source.given(KEYS);

    await expect(collectByStep(source, 2)).rejects.toMatchObject({ name: "InvalidInput" });
  });
});

it("a key is written in every part file as AttributeValues", async () => {
  const [source] = sources;
  const recovery = await source?.given(KEYS.slice(0, 1));
  if (source && recovery) await collectAll(source, recovery, 10);
  await listParts(step, world.deps);

  expect(await keysOfParts()).toEqual(KEYS.slice(0, 1).map(encodeItem));
});
