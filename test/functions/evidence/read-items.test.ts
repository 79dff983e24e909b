import { BatchGetItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { CHUNK_KEYS, inChunks, readItems } from "../../../functions/evidence/read-items.ts";
import type { Item } from "../../../functions/items/item.ts";
import { canonicalKey, type KeySchema } from "../../../functions/items/key.ts";

const keySchema: KeySchema = { attributes: [{ name: "id", type: "N", role: "HASH" }] };
const key = (id: number | string): Item => ({ id: { N: String(id) } });
const item = (id: number | string): Item => ({ ...key(id), note: { S: `note ${id}` } });

/** Answers with the items it has, as many keys a call as `answers` allows; the rest is unprocessed. */
function table(items: readonly Item[], answers: (call: number) => number = () => 100) {
  const stored = new Map(items.map((each) => [canonicalKey(each, keySchema), each]));
  const calls: number[] = [];
  const pauses: number[] = [];
  const send = async (command: object) => {
    if (!(command instanceof BatchGetItemCommand)) throw new Error("Only BatchGetItem is expected.");
    const request = command.input.RequestItems?.t;
    const keys = request?.Keys ?? [];
    expect(request?.ConsistentRead).toBe(true);
    expect(new Set(keys.map((each) => canonicalKey(each, keySchema))).size).toBe(keys.length);
    calls.push(keys.length);
    const answered = keys.slice(0, answers(calls.length));
    const rest = keys.slice(answered.length);
    const found = answered
      .map((each) => stored.get(canonicalKey(each, keySchema)))
      .filter((each) => each !== undefined);
    return {
      Responses: { t: found.reverse() },
      UnprocessedKeys: rest.length > 0 ? { t: { Keys: rest } } : {},
    };
  };
  const pause = async (milliseconds: number) => void pauses.push(milliseconds);
  return { reader: { client: { send } as never, tableName: "t", keySchema, pause }, calls, pauses };
}

describe("readItems", () => {
  it("answers in the order of the keys, null for an item that is absent", async () => {
    const { reader } = table([item(1), item(3)]);

    expect(await readItems([key(3), key(2), key(1)], reader)).toEqual([item(3), null, item(1)]);
  });

  it("asks for a key once, also where it is written in two ways, and answers both", async () => {
    const { reader, calls } = table([item("1")]);

    expect(await readItems([key("1"), key("1.0")], reader)).toEqual([item("1"), item("1")]);
    expect(calls).toEqual([1]);
  });

  it("asks again for unprocessed keys alone, with growing pauses", async () => {
    const { reader, calls, pauses } = table([item(1), item(2), item(3)], () => 1);

    expect(await readItems([key(1), key(2), key(3)], reader)).toEqual([item(1), item(2), item(3)]);
    expect(calls).toEqual([3, 2, 1]);
    expect(pauses).toHaveLength(2);
    expect(pauses[1]).toBeGreaterThanOrEqual(pauses[0] ?? Number.POSITIVE_INFINITY);
  });

  it("does not take an absent item among unprocessed keys for a standstill", async () => {
    const { reader } = table([], () => 1);

    expect(await readItems([key(1), key(2)], reader)).toEqual([null, null]);
  });

  it("gives up as a transient failure when nothing is ever processed", async () => {
    const { reader, pauses } = table([item(1)], () => 0);

    await expect(readItems([key(1)], reader)).rejects.toMatchObject({ name: "TransientFailure" });
    expect(pauses.every((pause) => pause <= 5_000)).toBe(true);
  });
});

it("chunks hold at most what may be in memory at a time, and every key once", () => {
  const keys = Array.from({ length: 2 * CHUNK_KEYS + 1 }, (_, index) => key(index));

  const chunks = [...inChunks(keys)];

  expect(chunks.map((chunk) => chunk.length)).toEqual([CHUNK_KEYS, CHUNK_KEYS, 1]);
  expect(chunks.flat()).toEqual(keys);
});
