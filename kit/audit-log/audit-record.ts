/** How the audit table is laid out: what the writer puts there, and what the key source `audit` looks for. */
import { createHash } from "node:crypto";
import type { Item } from "../../functions/items/item.ts";
import { decodeItem, type JsonItem } from "../../functions/items/item-json.ts";
import { itemSize, MAX_ITEM_BYTES } from "../../functions/items/item-size.ts";

/**
 * Changes of an hour are spread over so many partitions: 8,000 writes a second, and a window of time is still found by a
 * few queries an hour.
 */
export const AUDIT_SHARDS = 8;

/**
 * Key schema: `hour` (`2026-11-20T02#3`, hour and shard) and `change` (`<time ISO 8601>#<event id>`), so that a window of time
 * is a range in each shard, and a change that is delivered twice is written once.
 */
export const AUDIT_KEYS = { partition: "hour", sort: "change", expiry: "expiresAt" } as const;

/** Days for which a record is kept at least: as far as point-in-time recovery reaches. */
export const AUDIT_KEPT_DAYS = 35;

export const AUDIT_ACTIONS = ["create", "update", "delete", "expire"] as const;
/** `expire`: deleted by DynamoDB itself, because its time to live had passed. */
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** A record of a DynamoDB stream, as Lambda gets it: AttributeValues as JSON, binary as base64. */
export interface StreamRecord {
  readonly eventID?: string | undefined;
  readonly eventName?: string | undefined;
  readonly userIdentity?: { readonly type?: string; readonly principalId?: string } | undefined;
  readonly dynamodb?:
    | {
        readonly ApproximateCreationDateTime?: number | undefined;
        readonly Keys?: unknown;
        readonly OldImage?: unknown;
        readonly NewImage?: unknown;
      }
    | undefined;
}

export interface AuditSettings {
  /** Attribute in which the application says who writes: a release, a job, a person. A delete names nobody. */
  readonly writerAttribute?: string | undefined;
  /** Keep the item as it was and as it became. */
  readonly images: boolean;
  readonly keepDays: number;
}

/** The stream's record is not one of a change: the message says what is missing, and holds no value. */
export class UnknownStreamRecord extends Error {
  override readonly name = "UnknownStreamRecord";
}

const ACTIONS: Readonly<Record<string, AuditAction>> = { INSERT: "create", MODIFY: "update", REMOVE: "delete" };

/** The item of the audit table for one change. */
export function auditItem(record: StreamRecord, settings: AuditSettings): Item {
  const { eventID, eventName = "", dynamodb } = record;
  const action = ACTIONS[eventName];
  const seconds = dynamodb?.ApproximateCreationDateTime;
  if (!eventID || !action || seconds === undefined || !dynamodb?.Keys)
    throw new UnknownStreamRecord(
      `Record ${eventID ?? "without an id"} of the stream is a ${eventName || "nothing"} without ${dynamodb?.Keys ? "a time" : "keys"}: no change can be made of it.`,
    );
  const at = new Date(seconds * 1000).toISOString();
  const key = decodeItem(dynamodb.Keys as JsonItem);
  const before = dynamodb.OldImage ? decodeItem(dynamodb.OldImage as JsonItem) : undefined;
  const after = dynamodb.NewImage ? decodeItem(dynamodb.NewImage as JsonItem) : undefined;
  // Who deleted an item is not known: what is gone tells only who wrote it last.
  const writer = settings.writerAttribute === undefined ? undefined : after?.[settings.writerAttribute]?.S;
  const item: Item = {
    [AUDIT_KEYS.partition]: { S: auditHour(at, shardOf(dynamodb.Keys)) },
    [AUDIT_KEYS.sort]: { S: `${at}#${eventID}` },
    at: { S: at },
    key: { M: key },
    action: { S: isExpiry(record) ? "expire" : action },
    [AUDIT_KEYS.expiry]: { N: String(Math.floor(seconds) + settings.keepDays * 86_400) },
    ...(writer === undefined ? {} : { writer: { S: writer } }),
  };
  if (!settings.images) return item;
  const withImages: Item = {
    ...item,
    ...(before ? { before: { M: before } } : {}),
    ...(after ? { after: { M: after } } : {}),
  };
  return itemSize(withImages) <= MAX_ITEM_BYTES ? withImages : withoutImages(withImages);
}

/**
 * The same without its images: two of a large item, or one of as many levels as an item can have, don't fit into another
 * item. That it changed is worth more than nothing.
 */
export function withoutImages({ before: _before, after: _after, ...item }: Item): Item {
  return { ...item, imagesLeftOut: { BOOL: true } };
}

/** Partition of a shard's hour. */
export function auditHour(at: string, shard: number): string {
  return `${at.slice(0, 13)}#${shard}`;
}

/** Changes of one item stay in one shard, in their order. */
function shardOf(keys: unknown): number {
  return createHash("sha256").update(JSON.stringify(keys)).digest().readUInt32BE(0) % AUDIT_SHARDS;
}

/** "Items that are deleted by the Time to Live process after expiration" have this identity. */
function isExpiry({ eventName, userIdentity }: StreamRecord): boolean {
  return (
    eventName === "REMOVE" && userIdentity?.type === "Service" && userIdentity.principalId === "dynamodb.amazonaws.com"
  );
}
