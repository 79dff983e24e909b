import { AwsError, type Caller } from "../service.ts";
import type { Item } from "./attribute-value.ts";
import { leadingKeyText } from "./authorization.ts";
import { type DocumentPath, projectItem } from "./document-path.ts";
import type { CheckedRequest } from "./engine.ts";
import { itemSize, readUnits } from "./item-size.ts";
import {
  commitWrite,
  countWrite,
  type DecidedWrite,
  decideWrite,
  type ItemWrite,
  itemWriteOf,
  type PlacedWrite,
  placeWrite,
} from "./item-write.ts";
import type { Actions, Input, Output, Parts } from "./parts.ts";

/** GetItem, PutItem, UpdateItem, DeleteItem. */
export function itemActions(parts: Parts): Actions {
  return {
    GetItem: (caller, input) => getItem(parts, caller, input),
    PutItem: (caller, input) => writeItem(parts, caller, "PutItem", input),
    UpdateItem: (caller, input) => writeItem(parts, caller, "UpdateItem", input),
    DeleteItem: (caller, input) => writeItem(parts, caller, "DeleteItem", input),
  };
}

function getItem(parts: Parts, caller: Caller, input: Input): Output {
  const request = parts.engine.check("GetItem", input);
  const [tableName, key] = [String(request.TableName), request.Key as Item];
  parts.authorization.authorize({
    caller,
    action: "GetItem",
    table: tableName,
    leadingKeys: leadingKeysOf(parts, tableName, [key]),
  });
  const table = parts.tables.active(tableName);
  const item = parts.engine.read(table.engine, parts.engine.keyText(table.engine, key));
  const units = readUnits(item === undefined ? 0 : itemSize(item), request.ConsistentRead === true);
  parts.statistics.countRead(tableName, caller.principalArn, 1, units);
  return {
    ...(item === undefined ? {} : { Item: projected(item, request) }),
    ...consumedCapacity(request, tableName, units),
  };
}

async function writeItem(
  parts: Parts,
  caller: Caller,
  action: "PutItem" | "UpdateItem" | "DeleteItem",
  input: Input,
): Promise<Output> {
  const { ReturnValuesOnConditionCheckFailure: onFailure, ...rest } = input;
  const request = parts.engine.check(action, rest);
  const write = itemWriteOf(action, request, showsOldOnFailure(onFailure));
  const authorize = () =>
    parts.authorization.authorize({
      caller,
      action,
      table: write.tableName,
      leadingKeys: leadingKeysOf(parts, write.tableName, [write.keyOrItem]),
    });
  const placed = placeAuthorized(parts, write, authorize);
  return parts.locks.holding([placed.lockName], async () => {
    // Under the lock, so that what is allowed is what is written: a deny that came while we waited holds.
    authorize();
    parts.tables.active(write.tableName);
    const decided = decideCounted(parts, placed, caller);
    await commitWrite(parts, placed, decided, caller.principalArn);
    const units = countWrite(parts, placed, caller, decided);
    return { ...returnedAttributes(write, request, decided), ...consumedCapacity(request, write.tableName, units) };
  });
}

/** Decides a write; one that fails its condition is counted all the same. */
function decideCounted(parts: Parts, placed: PlacedWrite, caller: Caller): DecidedWrite {
  try {
    return decideWrite(parts, placed);
  } catch (error) {
    if (error instanceof AwsError && error.code === "ConditionalCheckFailedException") {
      const before = parts.engine.read(placed.table.engine, placed.keyText);
      countWrite(parts, placed, caller, { before, after: placed.action === "PutItem" ? placed.keyOrItem : before });
    }
    throw error;
  }
}

/** Places a write; what does not fit the table is said only to those who may write to it. */
export function placeAuthorized(parts: Parts, write: ItemWrite, authorize: () => void): PlacedWrite {
  try {
    return placeWrite(parts, write);
  } catch (error) {
    authorize();
    throw error;
  }
}

/** The partition key values of these keys or items, as far as the table is known and they are there. */
export function leadingKeysOf(parts: Parts, tableName: string, keys: readonly Item[]): readonly string[] | undefined {
  const name = parts.tables.find(tableName)?.partitionKeyName;
  if (name === undefined) return undefined;
  const texts = keys.map((key) => leadingKeyText(key[name])).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts;
}

/** Whether ReturnValuesOnConditionCheckFailure asks for the item. */
export function showsOldOnFailure(value: unknown): boolean {
  if (value === undefined || value === "NONE") return false;
  if (value === "ALL_OLD") return true;
  throw new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${value}' at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]`,
  );
}

/** The item cut down to the request's ProjectionExpression. */
export function projected(item: Item, request: CheckedRequest): Item {
  const projection = request._projection as { readonly paths: readonly DocumentPath[] } | undefined;
  return projection === undefined ? item : projectItem(item, projection.paths);
}

/** The member ConsumedCapacity, if the request asks for it. */
export function consumedCapacity(request: CheckedRequest, table: string, units: number): Output {
  const wanted = request.ReturnConsumedCapacity;
  if (wanted !== "TOTAL" && wanted !== "INDEXES") return {};
  const details = wanted === "INDEXES" ? { Table: { CapacityUnits: units } } : {};
  return { ConsumedCapacity: { TableName: table, CapacityUnits: units, ...details } };
}

function returnedAttributes(write: ItemWrite, request: CheckedRequest, { before, after }: DecidedWrite): Output {
  const attributes = attributesFor(String(request.ReturnValues ?? "NONE"), write, before, after);
  return attributes === undefined || Object.keys(attributes).length === 0 ? {} : { Attributes: attributes };
}

function attributesFor(wanted: string, write: ItemWrite, before: Item | undefined, after: Item | undefined) {
  const paths = write.update?.paths ?? [];
  switch (wanted) {
    case "ALL_OLD":
      return before;
    case "ALL_NEW":
      return after;
    case "UPDATED_OLD":
      return before && projectItem(before, paths);
    case "UPDATED_NEW":
      return after && projectItem(after, paths);
    default:
      return undefined;
  }
}
