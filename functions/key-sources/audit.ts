import { type AttributeValue, QueryCommand } from "@aws-sdk/client-dynamodb";
import { AUDIT_KEYS, AUDIT_SHARDS, auditHour } from "../../kit/audit-log/audit-record.ts";
import type { WrittenBy } from "../contracts.ts";
import { keyOf, typedKey } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidKeys } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { PATIENCE } from "./insights-query.ts";
import type { Cursor, FoundKey, KeySource } from "./key-source.ts";

/** DynamoDB's clock and the incident's may differ by that much. */
const CLOCKS_DIFFER_SECONDS = 60;
/** A stream's records are written down some seconds after the change. */
const WRITTEN_AFTER_MS = 30_000;
const HOUR_MS = 3_600_000;
/** Sorts after every event id of a moment. */
const AFTER_ALL = "~";

interface AuditCursor extends Cursor {
  /** Hours since the epoch. */
  readonly hour: number;
  readonly shard: number;
  /** The last record read of this hour's shard. */
  readonly after?: string;
  /** Where the last hour ends: decided once, so that every slice means the same. */
  readonly untilMs: number;
}

/** Keys of the items that changed during the incident, give or take a minute, as the audit table has them. */
async function* read(
  recovery: Recovery,
  from: Cursor | undefined,
  deps: Dependencies,
): AsyncGenerator<FoundKey, void, undefined> {
  const fromMs = (recovery.restoreDateTime + 1 - CLOCKS_DIFFER_SECONDS) * 1000;
  let cursor = (from as AuditCursor | undefined) ?? firstHour(recovery, fromMs, deps);
  const lastHour = Math.floor(cursor.untilMs / HOUR_MS);
  await untilWritten(cursor, deps);
  while (cursor.hour <= lastHour) {
    yield* readShard(recovery, cursor, fromMs, deps);
    const { hour, shard, untilMs } = cursor;
    cursor = shard + 1 < AUDIT_SHARDS ? { hour, shard: shard + 1, untilMs } : { hour: hour + 1, shard: 0, untilMs };
    yield { resumeAt: cursor };
  }
}

function firstHour({ incidentEnd }: Recovery, fromMs: number, { now }: Dependencies): AuditCursor {
  const present = now().getTime();
  const untilMs =
    incidentEnd === undefined ? present : Math.min(present, (incidentEnd + 1 + CLOCKS_DIFFER_SECONDS) * 1000);
  return { hour: Math.floor(fromMs / HOUR_MS), shard: 0, untilMs };
}

/** Changes of a moment ago may not be there yet. */
async function untilWritten({ untilMs }: AuditCursor, { now }: Dependencies): Promise<void> {
  const waitMs = untilMs + WRITTEN_AFTER_MS - now().getTime();
  if (waitMs > 0) await PATIENCE.pause(waitMs);
}

/** The records of one shard of one hour, page by page. */
async function* readShard(
  recovery: Recovery,
  cursor: AuditCursor,
  fromMs: number,
  deps: Dependencies,
): AsyncGenerator<FoundKey, void, undefined> {
  const { auditTable } = recovery.table;
  if (auditTable === undefined)
    throw new InvalidKeys(`Table "${recovery.table.tableName}" has no auditTable in its configuration.`);
  const hour = auditHour(new Date(cursor.hour * HOUR_MS).toISOString(), cursor.shard);
  const filter = filterOf(writtenByOf(recovery));
  let start: Record<string, AttributeValue> | undefined =
    cursor.after === undefined
      ? undefined
      : { [AUDIT_KEYS.partition]: { S: hour }, [AUDIT_KEYS.sort]: { S: cursor.after } };
  do {
    const page = await deps.aws.dynamodb.send(
      new QueryCommand({
        TableName: auditTable,
        ConsistentRead: true,
        KeyConditionExpression: "#hour = :hour AND #change BETWEEN :from AND :until",
        ...(filter ? { FilterExpression: filter.text } : {}),
        ProjectionExpression: "#change, #key",
        ExpressionAttributeNames: {
          "#hour": AUDIT_KEYS.partition,
          "#change": AUDIT_KEYS.sort,
          "#key": "key",
          ...filter?.names,
        },
        ExpressionAttributeValues: {
          ":hour": { S: hour },
          ":from": { S: new Date(fromMs).toISOString() },
          ":until": { S: `${new Date(cursor.untilMs).toISOString()}#${AFTER_ALL}` },
          ...filter?.values,
        },
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    for (const { [AUDIT_KEYS.sort]: change, key } of page.Items ?? [])
      yield { key: keyIn(key, recovery), resumeAt: { ...cursor, after: change?.S ?? "" } };
    start = page.LastEvaluatedKey;
    // A page may hold nothing that was asked for: the source got further all the same.
    const after = start?.[AUDIT_KEYS.sort]?.S;
    if (after !== undefined) yield { resumeAt: { ...cursor, after } };
  } while (start);
}

function keyIn(key: AttributeValue | undefined, { keySchema, table }: Recovery) {
  try {
    // As a key that a person wrote: what is empty or no number is in no table.
    return typedKey(keyOf(key?.M ?? {}, keySchema), keySchema);
  } catch (error) {
    throw new InvalidKeys(
      `A record of audit table "${table.auditTable}" holds no key of table "${table.tableName}": is it the audit table of another one? Correct "auditTable" in backstitch.config.ts.`,
      { cause: error },
    );
  }
}

function writtenByOf({ request }: Recovery): WrittenBy {
  const { keysFrom } = request;
  return keysFrom && "audit" in keysFrom ? keysFrom.audit : {};
}

/**
 * An expiry is a delete as well, for whoever looks for deletes. Nobody knows who deleted an item, so a delete may be
 * anybody's: left out it would stay deleted unseen.
 */
function filterOf({ writers, actions }: WrittenBy) {
  const clauses: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const oneOf = (attribute: string, wanted: readonly string[]) => {
    names[`#${attribute}`] = attribute;
    for (const [index, value] of wanted.entries()) values[`:${attribute}${index}`] = { S: value };
    return `#${attribute} IN (${wanted.map((_, index) => `:${attribute}${index}`).join(", ")})`;
  };
  if (actions) clauses.push(oneOf("action", actions.includes("delete") ? [...actions, "expire"] : actions));
  if (writers) {
    names["#action"] = "action";
    values[":delete"] = { S: "delete" };
    clauses.push(`(${oneOf("writer", writers)} OR #action = :delete)`);
  }
  return clauses.length > 0 ? { text: clauses.join(" AND "), names, values } : undefined;
}

/** What an audit table can't show. */
function blindSpot({ table, request }: Recovery): string {
  const { writers } = request.keysFrom && "audit" in request.keysFrom ? request.keysFrom.audit : {};
  const deletes = writers
    ? "; it does not know who deleted an item, so deletes by others are among these keys as well"
    : "";
  return `the audit table (${table.auditTable}) shows only changes of the time since its stream is written down${deletes}`;
}

export const audit: KeySource = { kind: "audit", read, blindSpot };
