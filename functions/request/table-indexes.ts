import type { KeySchemaElement, Projection, TableDescription } from "@aws-sdk/client-dynamodb";
import type { TableIndex } from "../repair/write-units.ts";

/** The secondary indexes of a table, as far as they make writes dearer. */
export function indexesOf({ GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] }: TableDescription): TableIndex[] {
  return [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes].map(indexOf);
}

function indexOf({
  KeySchema = [],
  Projection,
}: {
  readonly KeySchema?: KeySchemaElement[] | undefined;
  readonly Projection?: Projection | undefined;
}): TableIndex {
  return {
    keys: KeySchema.flatMap(({ AttributeName }) => AttributeName ?? []),
    projected: Projection?.ProjectionType === "ALL" ? "all" : (Projection?.NonKeyAttributes ?? []),
  };
}
