import type { RecoveryRequest } from "../contracts.ts";
import { InvalidKeyError, type KeySchema, typedKey } from "../items/key.ts";
import { partitionCondition } from "../key-sources/partition-condition.ts";
import { InvalidKeys, InvalidRequest } from "../runtime/errors.ts";
import { show } from "./show.ts";

/** The keys that stand in the request, or the stretch that it names, fit the table's key schema. */
export function checkKeys(request: RecoveryRequest, keySchema: KeySchema): void {
  for (const [index, key] of (request.keys ?? []).entries())
    refusing(`Field "keys.${index}" is ${show(key)}`, () => typedKey(key, keySchema));
  const { keysFrom } = request;
  if (keysFrom && "partition" in keysFrom)
    refusing(`Field "keysFrom.partition" is ${show(keysFrom.partition)}`, () =>
      partitionCondition({ keySchema, request }),
    );
}

function refusing(what: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof InvalidKeyError || error instanceof InvalidKeys)) throw error;
    throw new InvalidRequest(`${what}: ${error.message}`, { cause: error });
  }
}
