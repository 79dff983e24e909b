import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeItem } from "../../../functions/items/item-json.ts";
import type { KeySchema } from "../../../functions/items/key.ts";
import type { Cursor } from "../../../functions/key-sources/key-source.ts";
import { s3 } from "../../../functions/key-sources/s3.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { RecoveryWorld } from "../evidence/recovery-world.ts";

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.start();
});
afterEach(() => world.close());

const NAME = "s3://bucket/uploads/keys";

async function recoverFrom(key: string, format?: "jsonl" | "json" | "csv", keySchema?: KeySchema): Promise<Recovery> {
  const recovery = await world.recover({ keySource: "s3", ...(keySchema ? { keySchema } : {}) });
  return { ...recovery, request: { ...recovery.request, keysFrom: { s3: { key, ...(format ? { format } : {}) } } } };
}

async function read(recovery: Recovery, from?: Cursor) {
  const found = [];
  for await (const step of s3.read(recovery, from, world.deps)) found.push(step);
  return found;
}

async function keysIn(text: string, extension = "jsonl", keySchema?: KeySchema) {
  world.s3.put(`uploads/keys.${extension}`, text);
  const found = await read(await recoverFrom(`uploads/keys.${extension}`, undefined, keySchema));
  return found.map(({ key }) => key && encodeItem(key));
}

const key = { pk: { S: "a" }, sk: { N: "7" } };

describe("what serves as a line", () => {
  it.each([
    ["a key of plain values", '{"pk":"a","sk":7}'],
    ["a key of AttributeValues", '{"pk":{"S":"a"},"sk":{"N":"7"}}'],
    ["a whole item", '{"pk":"a","sk":7,"total":9007199254740993,"key":{"pk":"other"}}'],
    ["a whole item of AttributeValues", '{"pk":{"S":"a"},"sk":{"N":"7"},"total":{"N":"1"}}'],
    ["a change-log line", '{"time":"2026-11-20T02:30:00Z","table":"orders","action":"update","key":{"pk":"a","sk":7}}'],
    ["a line of an incremental export", '{"Metadata":{},"Keys":{"pk":{"S":"a"},"sk":{"N":"7"}},"NewImage":{}}'],
    ["a line of a full export", '{"Item":{"pk":{"S":"a"},"sk":{"N":"7"},"total":{"N":"1"}}}'],
  ])("%s", async (_name, line) => {
    expect(await keysIn(line)).toEqual([key]);
  });

  it.each([
    ["a missing attribute", '{"pk":"a"}', /line 1: Key attribute sk is missing/],
    ["no key at all", '{"id":"a"}', /line 1: Key attribute pk is missing/],
    ["a wrong type", '{"pk":"a","sk":"seven"}', /line 1: Key attribute sk is "seven"; this table wants a number/],
    ["a wrongly tagged value", '{"pk":{"N":"1"},"sk":7}', /Key attribute pk is \{"N":"1"\}/],
    [
      "an inexact number",
      '{"pk":"a","sk":9007199254740993}',
      /sk is 9007199254740993, .* quote it: "9007199254740993"/,
    ],
    ["null", "null", /line 1: is null; write an object with pk, sk/],
    ["a text", '"a"', /line 1: is a string; write an object with pk, sk/],
    ["a line of another table", '{"table":"invoices","key":{"pk":"a","sk":7}}', /is about table "invoices"/],
  ])("not %s", async (_name, line, message) => {
    await expect(keysIn(line)).rejects.toMatchObject({
      name: "InvalidKeys",
      message: expect.stringMatching(message),
    });
    await expect(keysIn(line)).rejects.toThrow(`${NAME}.jsonl`);
  });

  it("numbers keep all their 38 digits when they are quoted", async () => {
    const digits = "12345678901234567890123456789012345678";

    expect(await keysIn(`{"pk":"a","sk":"${digits}"}`)).toEqual([{ pk: { S: "a" }, sk: { N: digits } }]);
    expect(await keysIn(`pk,sk\na,${digits}`, "csv")).toEqual([{ pk: { S: "a" }, sk: { N: digits } }]);
  });

  it("binary keys are base64", async () => {
    const binary: KeySchema = { attributes: [{ name: "id", type: "B", role: "HASH" }] };

    expect(await keysIn("id\naGVsbG8=", "csv", binary)).toEqual([{ id: { B: "aGVsbG8=" } }]);
    await expect(keysIn("id\nhello!", "csv", binary)).rejects.toThrow(/line 2: Key attribute id is "hello!"/);
  });

  it("a CSV without one of the key attributes is refused", async () => {
    await expect(keysIn("pk,note\na,x", "csv")).rejects.toThrow(/line 2: Key attribute sk is missing/);
  });
});

describe("the object", () => {
  it.each([
    ["uploads/keys.txt", /can't be told from "\.txt"/],
    ["uploads/keys.jsonl.gz", /can't be told from "\.gz".*Compressed lists are not read/],
    ["uploads/keys", /can't be told from a name without extension/],
  ])("%s has no format of its own", async (name, message) => {
    world.s3.put(name, '{"pk":"a","sk":7}');

    await expect(read(await recoverFrom(name))).rejects.toThrow(message);
    expect(await read(await recoverFrom(name, "jsonl"))).toHaveLength(1);
  });

  it("that is missing is named with what to do", async () => {
    await expect(read(await recoverFrom("uploads/keys.csv"))).rejects.toMatchObject({
      name: "InvalidKeys",
      message: expect.stringContaining(`${NAME}.csv is not there: upload the list`),
    });
  });

  it("that is replaced between two slices is read on as it was", async () => {
    world.s3.put("uploads/keys.jsonl", '{"pk":"a","sk":1}\n{"pk":"a","sk":2}\n');
    const recovery = await recoverFrom("uploads/keys.jsonl");
    const [first] = await read(recovery);
    world.s3.put("uploads/keys.jsonl", '{"pk":"b","sk":1}\n{"pk":"b","sk":2}\n');

    const rest = await read(recovery, first?.resumeAt);

    expect(rest.map((step) => step.key)).toEqual([{ pk: { S: "a" }, sk: { N: "2" } }]);
  });

  it("that is deleted between two slices is not taken for its end", async () => {
    world.s3.put("uploads/keys.jsonl", '{"pk":"a","sk":1}\n{"pk":"a","sk":2}\n');
    const recovery = await recoverFrom("uploads/keys.jsonl");
    const [first] = await read(recovery);
    world.s3.delete("uploads/keys.jsonl");

    await expect(read(recovery, first?.resumeAt)).rejects.toMatchObject({ name: "InvalidKeys" });
  });

  it("without versions that is replaced between two slices is refused", async () => {
    world.s3.put("uploads/keys.jsonl", '{"pk":"a","sk":1}\n{"pk":"a","sk":2}\n');
    const recovery = await recoverFrom("uploads/keys.jsonl");
    const [first] = await read(recovery);
    const { versionId: _none, ...object } = { ...(first?.resumeAt.object as { versionId?: string } | undefined) };
    world.s3.put("uploads/keys.jsonl", '{"pk":"b","sk":1}\n{"pk":"b","sk":2}\n');

    await expect(read(recovery, { ...first?.resumeAt, object })).rejects.toThrow(/was replaced while it was read/);
  });
});
