import { ScanCommand, type ScanCommandInput } from "@aws-sdk/client-dynamodb";
import type { Item } from "../items/item.ts";
import type { KeySchema } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";

/** A segment of a table, and what is wanted of its items. */
export type SegmentScan = Omit<ScanCommandInput, "ExclusiveStartKey" | "ConsistentRead">;

/** One page of a segment; it may be empty and still not be the last. */
export interface ScannedPage {
  readonly items: readonly Item[];
  /** Where the next page begins; missing: this was the last one. */
  readonly next?: Item;
}

/** The page after a key of this segment; consistently read, so that nothing is missed that was written before. */
export async function scanPage(
  scan: SegmentScan,
  after: Item | undefined,
  { aws }: Pick<Dependencies, "aws">,
): Promise<ScannedPage> {
  const { Items, LastEvaluatedKey } = await aws.dynamodb.send(
    new ScanCommand({ ...scan, ConsistentRead: true, ...(after ? { ExclusiveStartKey: after } : {}) }),
  );
  return { items: Items ?? [], ...(LastEvaluatedKey ? { next: LastEvaluatedKey } : {}) };
}

/** The key attributes as a projection. (It costs as much as whole items, and less to send.) */
export function keysAlone({ attributes }: KeySchema) {
  const names = attributes.map(({ name }, index): [string, string] => [`#k${index}`, name]);
  return {
    ProjectionExpression: names.map(([placeholder]) => placeholder).join(", "),
    ExpressionAttributeNames: Object.fromEntries(names),
  };
}
