import { setTimeout as sleep } from "node:timers/promises";
import { BatchGetItemCommand, type DynamoDBClient, type KeysAndAttributes } from "@aws-sdk/client-dynamodb";
import type { Item } from "../items/item.ts";
import { canonicalKey, type KeySchema, keyOf } from "../items/key.ts";
import { TransientFailure } from "../runtime/errors.ts";

/** Items in memory at a time, per table: an item may have 400 KB, so 25 of them 10 MB. (BatchGetItem would take 100.) */
export const CHUNK_KEYS = 25;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** Rounds of BatchGetItem without a single item, about 30 s, before the step gives up and is tried again. */
const FRUITLESS_ROUNDS = 12;

export interface ItemReader {
  readonly client: Pick<DynamoDBClient, "send">;
  readonly tableName: string;
  readonly keySchema: KeySchema;
  /** What of each item is wanted, its key at least; missing: all. */
  readonly projection?: Pick<KeysAndAttributes, "ProjectionExpression" | "ExpressionAttributeNames">;
  /** How to pause before asking again for unprocessed keys. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Keys in chunks of {@link CHUNK_KEYS}. */
export function* inChunks(keys: Iterable<Item>): Generator<Item[]> {
  let chunk: Item[] = [];
  for (const key of keys) {
    chunk.push(key);
    if (chunk.length === CHUNK_KEYS) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}

/** The items of one chunk, consistently read and in the order of their keys; `null` where there is none. */
export async function readItems(keys: readonly Item[], reader: ItemReader): Promise<(Item | null)[]> {
  const { keySchema } = reader;
  const ids = keys.map((key) => canonicalKey(key, keySchema));
  // BatchGetItem refuses a request that names a key twice.
  let wanted = [...new Map(keys.map((key, index) => [ids[index], key])).values()];
  const found = new Map<string, Item>();
  for (let round = 0, fruitless = 0; wanted.length > 0; round++) {
    if (round > 0) await (reader.pause ?? sleep)(pauseBefore(round));
    const answer = await readOnce(wanted, reader);
    for (const item of answer.items) found.set(canonicalKey(keyOf(item, keySchema), keySchema), item);
    // What is neither found nor unprocessed does not exist: a round that settles nothing gives back all its keys.
    fruitless = answer.unprocessed.length < wanted.length ? 0 : fruitless + 1;
    if (fruitless >= FRUITLESS_ROUNDS)
      throw new TransientFailure(
        `Table "${reader.tableName}" gave back all of ${wanted.length} keys unprocessed ${fruitless} times: it is throttled. The step is tried again.`,
      );
    wanted = answer.unprocessed;
  }
  return ids.map((id) => found.get(id) ?? null);
}

async function readOnce(keys: readonly Item[], { client, tableName, projection }: ItemReader) {
  const { Responses, UnprocessedKeys } = await client.send(
    new BatchGetItemCommand({
      RequestItems: { [tableName]: { Keys: [...keys], ConsistentRead: true, ...projection } },
    }),
  );
  return { items: Responses?.[tableName] ?? [], unprocessed: UnprocessedKeys?.[tableName]?.Keys ?? [] };
}

/** Doubling with jitter, so that parts that were throttled together do not come back together. */
function pauseBefore(round: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (round - 1));
  return longest / 2 + Math.random() * (longest / 2);
}
