import { attributeOf, type Item } from "../items/item.ts";
import { compareKeyValues, keyBytes } from "../items/key-order.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { partitionCondition } from "./partition-condition.ts";

/** Whether a key lies in the stretch that `keysFrom.partition` asks for; undefined where the request names none. */
export function withinPartition(
  recovery: Pick<Recovery, "keySchema" | "request">,
): ((key: Item) => boolean) | undefined {
  const { keysFrom } = recovery.request;
  if (!keysFrom || !("partition" in keysFrom)) return undefined;
  const { attributes } = recovery.keySchema;
  const values = partitionCondition(recovery).ExpressionAttributeValues;
  const { ":from": from, ":to": to, ":prefix": prefix } = values;
  const sortKey = attributes.find(({ role }) => role === "RANGE")?.name;
  return (key) => {
    const isOfPartition = attributes.every(({ name }, index) => {
      const wanted = values[`:k${index}`];
      const has = attributeOf(key, name);
      return !wanted || (has !== undefined && compareKeyValues(has, wanted) === 0);
    });
    const has = sortKey === undefined ? undefined : attributeOf(key, sortKey);
    if (!isOfPartition || !has) return isOfPartition;
    if (from && compareKeyValues(has, from) < 0) return false;
    if (to && compareKeyValues(has, to) > 0) return false;
    return !prefix || startsWith(keyBytes(has), keyBytes(prefix));
  };
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, prefix.length), prefix) === 0;
}
