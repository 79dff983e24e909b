import { createHash } from "node:crypto";
import type { Item } from "../attribute-value.ts";
import { itemSize } from "../item-size.ts";
import { type JournalledChange, SERVICE_PRINCIPAL } from "../journal.ts";
import type { StreamViewType } from "./table-stream.ts";

/** A record as Lambda hands it to a function. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: "INSERT" | "MODIFY" | "REMOVE";
  readonly eventVersion: "1.1";
  readonly eventSource: "aws:dynamodb";
  readonly awsRegion: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: StreamViewType;
  };
  /** Only of what time to live has deleted. */
  readonly userIdentity?: { readonly type: "Service"; readonly principalId: "dynamodb.amazonaws.com" };
  readonly eventSourceARN: string;
}

/** AWS's sequence numbers have 21 digits and more; equal lengths let text and number order agree. */
const SEQUENCE_DIGITS = 20;

/** One write as a stream of this view tells it. */
export function streamRecord(change: JournalledChange, streamArn: string, view: StreamViewType): StreamRecord {
  const { key, before, after, principalArn } = change;
  const images = {
    ...(after !== undefined && view.startsWith("NEW") ? { NewImage: after } : {}),
    ...(before !== undefined && view.includes("OLD_IMAGE") ? { OldImage: before } : {}),
  };
  // Of what the service writes by itself, it deletes only what has expired.
  const isExpired = after === undefined && principalArn === SERVICE_PRINCIPAL;
  return {
    eventID: createHash("md5").update(`${streamArn}/${change.sequence}`).digest("hex"),
    eventName: after === undefined ? "REMOVE" : before === undefined ? "INSERT" : "MODIFY",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: streamArn.split(":")[3] ?? "",
    dynamodb: {
      // "Rounded down to the closest second."
      ApproximateCreationDateTime: Math.floor(change.atMs / 1000),
      Keys: key,
      ...images,
      SequenceNumber: `1${String(change.sequence).padStart(SEQUENCE_DIGITS, "0")}`,
      SizeBytes: [key, ...Object.values(images)].reduce((bytes, item) => bytes + itemSize(item), 0),
      StreamViewType: view,
    },
    ...(isExpired ? { userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" } } : {}),
    eventSourceARN: streamArn,
  };
}

export function sequenceOf(record: StreamRecord): number {
  return Number(record.dynamodb.SequenceNumber.slice(1));
}
