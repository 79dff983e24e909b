/** Requests, tables and key schemas with what a test says of them, and good in the rest. */
import { ProtectedTable, RecoveryRequest } from "../../../functions/contracts.ts";
import type { KeySchema } from "../../../functions/items/key.ts";
import { keySchemaOf } from "../../../functions/request/key-schema.ts";

export const ALL_GUARDS = ["ssm-flag", "iam-deny", "table-policy"];

export function requestWith(fields: object): RecoveryRequest {
  return RecoveryRequest.parse({ table: "orders", badSince: "1h ago", ...fields });
}

export function tableWith(fields: object = {}): ProtectedTable {
  return ProtectedTable.parse({ tableName: "orders", guards: ALL_GUARDS, versionAttribute: "version", ...fields });
}

export function schema(sortKey?: "S" | "N" | "B"): KeySchema {
  return keySchemaOf({
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      ...(sortKey ? [{ AttributeName: "sk", KeyType: "RANGE" as const }] : []),
    ],
    AttributeDefinitions: [
      { AttributeName: "indexed", AttributeType: "S" },
      { AttributeName: "pk", AttributeType: "S" },
      ...(sortKey ? [{ AttributeName: "sk", AttributeType: sortKey }] : []),
    ],
  });
}
