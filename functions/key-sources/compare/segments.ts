import { DescribeTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Dependencies } from "../../runtime/dependencies.ts";
import type { Recovery } from "../../runtime/recovery.ts";
import { comparedTables, orRestoreFailed } from "./compared-tables.ts";

/**
 * What one segment should hold: some slices of work at items of a kilobyte. Small enough that the segments of a map end
 * together, large enough that a table of a terabyte has no more than four thousand of them.
 */
export const SEGMENT_BYTES = 256 * 1024 * 1024;
/** Small items are many lookups to the megabyte. */
export const SEGMENT_ITEMS = 500_000;
/** So many children a map runs without trouble (a Scan would allow a million segments): larger tables have larger ones. */
export const MOST_SEGMENTS = 10_000;

/** Record `compare-segments`: fixed by whoever asks first, since the slices of one division say nothing about another. */
interface SegmentsRecord {
  readonly segments: number;
}
const RECORD = "compare-segments";

/** In how many segments both tables are read; undefined as long as ListSegments did not say. */
export async function recordedSegments(recoveryId: string, { recoveries }: Dependencies): Promise<number | undefined> {
  return (await recoveries.get<SegmentsRecord>(recoveryId, RECORD))?.segments;
}

/** Decides once in how many segments the tables are read. */
export async function decideSegments(recovery: Recovery, deps: Dependencies): Promise<number> {
  const { recoveryId, table } = recovery;
  const decided = await recordedSegments(recoveryId, deps);
  if (decided !== undefined) return decided;
  const { before, other } = comparedTables(recovery);
  // DynamoDB counts every six hours, so a restored table may say 0; and who was emptied by the incident says too little.
  const sizes = await Promise.all(
    [...new Set([table.tableName, before, other])].map((name) =>
      orRestoreFailed(sizeOf(name, deps.aws.dynamodb), name, recovery),
    ),
  );
  const segments = segmentsFor({
    bytes: Math.max(...sizes.map(({ bytes }) => bytes)),
    items: Math.max(...sizes.map(({ items }) => items)),
  });
  if (await deps.recoveries.putOnce(recoveryId, RECORD, { segments } satisfies SegmentsRecord)) return segments;
  return (await recordedSegments(recoveryId, deps)) ?? segments;
}

export interface TableSize {
  readonly bytes: number;
  readonly items: number;
}

export function segmentsFor({ bytes, items }: TableSize): number {
  const wanted = Math.max(Math.ceil(bytes / SEGMENT_BYTES), Math.ceil(items / SEGMENT_ITEMS), 1);
  return Math.min(wanted, MOST_SEGMENTS);
}

async function sizeOf(tableName: string, dynamodb: DynamoDBClient): Promise<TableSize> {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
  return { bytes: Table?.TableSizeBytes ?? 0, items: Table?.ItemCount ?? 0 };
}
