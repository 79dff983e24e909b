import type { TableDescription } from "@aws-sdk/client-dynamodb";
import type { KeySchema } from "../items/key.ts";

/** The key attributes of a table with their types, in the table's order. */
export function keySchemaOf(table: TableDescription): KeySchema {
  const types = new Map((table.AttributeDefinitions ?? []).map((a) => [a.AttributeName, a.AttributeType]));
  return {
    attributes: (table.KeySchema ?? []).map(({ AttributeName = "", KeyType }) => ({
      name: AttributeName,
      type: types.get(AttributeName) ?? "S",
      role: KeyType === "RANGE" ? "RANGE" : "HASH",
    })),
  };
}
