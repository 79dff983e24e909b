/** Reading of files that are not what they should be: either every key of them, or an error that says where. */

import type { FoundLine } from "../../../functions/evidence/evidence.ts";
import { canonicalKey, type KeySchema } from "../../../functions/items/key.ts";

export const KEY_SCHEMA: KeySchema = {
  attributes: [
    { name: "pk", type: "S", role: "HASH" },
    { name: "sk", type: "N", role: "RANGE" },
  ],
};

export interface ReadKeys {
  /** As texts, in the order in which they were found. */
  readonly keys: readonly string[];
  readonly error?: Error;
}

/** Reads to the end or to the first error. */
export async function readKeys(found: AsyncIterable<FoundLine>): Promise<ReadKeys> {
  const keys: string[] = [];
  try {
    for await (const { key } of found) if (key) keys.push(canonicalKey(key, KEY_SCHEMA));
    return { keys };
  } catch (error) {
    return { keys, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

export function keyText(pk: string, sk: string): string {
  return canonicalKey({ pk: { S: pk }, sk: { N: sk } }, KEY_SCHEMA);
}

/** All keys, or those before an error that says who, where and what to do; anything else is wrong. */
export function judge(
  { keys, error }: ReadKeys,
  expected: {
    readonly keys: readonly string[];
    readonly isWhole: boolean;
    readonly name: string;
    readonly says: RegExp;
  },
): string {
  const isPrefix = keys.every((key, index) => key === expected.keys[index]);
  if (!isPrefix)
    throw new Error(`a wrong key: ${keys.find((key, index) => key !== expected.keys[index])?.slice(0, 200)}`);
  if (!error) {
    if (!expected.isWhole) throw new Error(`${expected.keys.length} keys before something wrong, and no error`);
    if (keys.length < expected.keys.length) throw new Error(`${keys.length} of ${expected.keys.length} keys`);
    return "read";
  }
  if (expected.isWhole) throw new Error(`refused, though nothing is wrong: ${error}`);
  if (error.name !== expected.name) throw new Error(`${error.name} is none of ours: ${error.stack?.slice(0, 600)}`);
  if (!expected.says.test(error.message))
    throw new Error(`the error does not say where (${expected.says}): ${error.message}`);
  if (error.message.length > 1000) throw new Error(`the message is too long: ${error.message.slice(0, 300)}`);
  return "refused";
}
