import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { RecoveryRequest } from "../contracts.ts";
import { canonicalKey, InvalidKeyError, type KeySchema, typedKey } from "../items/key.ts";
import { compareKeyValues } from "../items/key-order.ts";
import { partitionCondition } from "../key-sources/partition-condition.ts";
import { InvalidKeys, InvalidRequest } from "../runtime/errors.ts";
import { show } from "./show.ts";

/** The keys that stand in the request, or the stretch that it names, fit the table's key schema. */
export function checkKeys(request: RecoveryRequest, keySchema: KeySchema): void {
  for (const [index, key] of (request.keys ?? []).entries())
    refusing(`Field "keys.${index}" is ${show(key)}`, () => typedKey(key, keySchema));
  for (const [index, { key }] of (request.decisions ?? []).entries())
    refusing(`Field "decisions.${index}.key" is ${show(key)}`, () => typedKey(key, keySchema));
  checkDecidedOnce(request, keySchema);
  const { keysFrom } = request;
  if (keysFrom && "partition" in keysFrom)
    refusing(`Field "keysFrom.partition" is ${show(keysFrom.partition)}`, () =>
      checkRange(partitionCondition({ keySchema, request }).ExpressionAttributeValues),
    );
}

/** Of two decisions about one item nobody could say which one counts. */
function checkDecidedOnce({ decisions = [] }: RecoveryRequest, keySchema: KeySchema): void {
  const decided = new Map<string, number>();
  for (const [index, { key }] of decisions.entries()) {
    const id = canonicalKey(typedKey(key, keySchema), keySchema);
    const earlier = decided.get(id);
    if (earlier !== undefined)
      throw new InvalidRequest(
        `Fields "decisions.${earlier}" and "decisions.${index}" are about the same item, ${show(key)}: leave one of the two out.`,
      );
    decided.set(id, index);
  }
}

/** A range that ends before it begins is refused by DynamoDB, but only once the keys are collected. */
function checkRange({ ":from": from, ":to": to }: Readonly<Record<string, AttributeValue>>): void {
  if (from && to && compareKeyValues(from, to) > 0)
    throw new InvalidKeys('"sortKeyBetween" ends before it begins: write the smaller one first.');
}

function refusing(what: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof InvalidKeyError || error instanceof InvalidKeys)) throw error;
    throw new InvalidRequest(`${what}: ${error.message}`, { cause: error });
  }
}
