import { type AttributeValue, QueryCommand } from "@aws-sdk/client-dynamodb";
import { ownerOf, restoredTableName } from "../evidence/restored-tables.ts";
import { decodeItem, encodeItem, type JsonItem } from "../items/item-json.ts";
import { keyOf } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidKeys } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Cursor, FoundKey, KeySource } from "./key-source.ts";
import { partitionCondition } from "./partition-condition.ts";

interface PartitionCursor extends Cursor {
  /** The last key read: any key of a partition may be where a Query goes on. */
  readonly after: JsonItem;
}

/** The keys of the stretch in the live table. */
function read(recovery: Recovery, from: Cursor | undefined, deps: Dependencies) {
  return queryKeys(recovery.table.tableName, recovery, from, deps);
}

/**
 * The keys of the stretch as it was before the incident: what was deleted since is in no other table. The keys of the
 * `after` table add nothing: whoever is neither in `before` nor live is `unchanged`, whatever the incident made of it.
 */
function readEvidence(recovery: Recovery, from: Cursor | undefined, deps: Dependencies) {
  return queryKeys(restoredTableName(ownerOf(recovery), "before"), recovery, from, deps);
}

async function* queryKeys(
  tableName: string,
  recovery: Recovery,
  from: Cursor | undefined,
  deps: Dependencies,
): AsyncGenerator<FoundKey, void, undefined> {
  const { keySchema } = recovery;
  const condition = partitionCondition(recovery);
  const cursor = from as PartitionCursor | undefined;
  let start: Record<string, AttributeValue> | undefined = cursor && decodeItem(cursor.after);
  do {
    const page = await deps.aws.dynamodb
      .send(
        new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          ...condition,
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      .catch((error: unknown) => {
        throw error instanceof Error && error.name === "ValidationException"
          ? new InvalidKeys(`keysFrom.partition is refused by DynamoDB: ${error.message}`, { cause: error })
          : error;
      });
    for (const item of page.Items ?? []) {
      const key = keyOf(item, keySchema);
      const resumeAt: PartitionCursor = { after: encodeItem(key) };
      yield { key, resumeAt };
    }
    start = page.LastEvaluatedKey;
  } while (start);
}

export const partition: KeySource = { kind: "partition", read, readEvidence };
