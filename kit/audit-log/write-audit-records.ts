/** Lambda of the audit log: each change of the stream becomes one record; those that fail are given back alone. */
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { Logger } from "@aws-lambda-powertools/logger";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { type AuditSettings, auditItem, type StreamRecord, withoutImages } from "./audit-record.ts";

const logger = new Logger({ serviceName: "backstitch-audit-log" });
const processor = new BatchProcessor(EventType.DynamoDBStreams);
const client = new DynamoDBClient({});

function settings(): AuditSettings & { readonly table: string } {
  const { AUDIT_TABLE = "", WRITER_ATTRIBUTE, IMAGES, KEEP_DAYS = "35" } = process.env;
  return {
    table: AUDIT_TABLE,
    images: IMAGES === "true",
    keepDays: Number(KEEP_DAYS),
    ...(WRITER_ATTRIBUTE ? { writerAttribute: WRITER_ATTRIBUTE } : {}),
  };
}

async function write(record: DynamoDBRecord): Promise<void> {
  try {
    await writeRecord(record as StreamRecord, settings(), client);
  } catch (error) {
    logger.error("A change was not written down", { eventID: record.eventID, error: (error as Error).name });
    throw error;
  }
}

/** Writes one record down. Again under the same name it is the same record: streams deliver at least once. */
export async function writeRecord(
  record: StreamRecord,
  { table, ...how }: AuditSettings & { readonly table: string },
  dynamodb: Pick<DynamoDBClient, "send">,
): Promise<void> {
  const put = (Item: ReturnType<typeof auditItem>) => dynamodb.send(new PutItemCommand({ TableName: table, Item }));
  const item = auditItem(record, how);
  try {
    await put(item);
  } catch (error) {
    const isRefused = error instanceof Error && error.name === "ValidationException";
    if (!isRefused || !(item.before || item.after)) throw error;
    // It would be refused every time, and hold up all that come after it.
    await put(withoutImages(item));
  }
}

export const handler = (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> =>
  processPartialResponse(event, write, processor, {
    context,
    // All of a batch failing is no other case: each is named in the answer.
    throwOnFullBatchFailure: false,
  }) as Promise<DynamoDBBatchResponse>;
