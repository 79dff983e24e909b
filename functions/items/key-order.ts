import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import Big from "big.js";

/** The order of sort keys: numbers by value, text and binary by their bytes. */
export function compareKeyValues(one: AttributeValue, other: AttributeValue): number {
  if (one.N !== undefined && other.N !== undefined) return new Big(one.N).cmp(other.N);
  return Buffer.compare(keyBytes(one), keyBytes(other));
}

/** The bytes of a text or of a binary key. */
export function keyBytes({ S, B }: AttributeValue): Uint8Array {
  return B ?? Buffer.from(S ?? "", "utf8");
}
