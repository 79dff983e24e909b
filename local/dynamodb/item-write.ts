import { AwsError, type Caller } from "../service.ts";
import { mapsEqual } from "./attribute-equality.ts";
import type { AttributeValue, Item } from "./attribute-value.ts";
import { type ConditionNode, checkCondition, checkExpressionSize, holds } from "./condition-expression.ts";
import type { CheckedRequest } from "./engine.ts";
import { itemSize, MAX_ITEM_BYTES, writeUnits } from "./item-size.ts";
import type { Parts } from "./parts.ts";
import type { Table } from "./tables.ts";
import { applyUpdate, type ParsedUpdate } from "./update-expression.ts";

export type WriteAction = "PutItem" | "UpdateItem" | "DeleteItem" | "ConditionCheckItem";

/** A write of one item whose request is known to be well formed; not yet decided, not yet done. */
export interface ItemWrite {
  readonly action: WriteAction;
  readonly tableName: string;
  /** Key attributes as given; possibly wrong for the table. */
  readonly keyOrItem: Item;
  readonly condition: ConditionNode | undefined;
  readonly conditionPaths: Readonly<Record<string, boolean>> | undefined;
  readonly update: ParsedUpdate | undefined;
  readonly showOldOnFailure: boolean;
}

/** An item write that fits its table. */
export interface PlacedWrite extends ItemWrite {
  readonly table: Table;
  readonly keyText: string;
  readonly lockName: string;
}

/** What a write found and what it makes of it. */
export interface DecidedWrite {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** Reads an item write out of a request that the engine has checked. */
export function itemWriteOf(action: WriteAction, request: CheckedRequest, showOldOnFailure: boolean): ItemWrite {
  for (const kind of ["ConditionExpression", "UpdateExpression"] as const)
    if (typeof request[kind] === "string") checkExpressionSize(kind, request[kind]);
  const parsed = request._condition as
    | { expression: ConditionNode; nestedPaths: Readonly<Record<string, boolean>> }
    | undefined;
  if (parsed !== undefined) checkCondition("ConditionExpression", parsed.expression);
  return {
    action,
    tableName: String(request.TableName),
    keyOrItem: (action === "PutItem" ? request.Item : request.Key) as Item,
    condition: parsed?.expression,
    conditionPaths: parsed?.nestedPaths,
    update: request._updates as ParsedUpdate | undefined,
    showOldOnFailure,
  };
}

/** Checks a write against its table's key schema and indexes. */
export function placeWrite(parts: Parts, write: ItemWrite): PlacedWrite {
  const table = parts.tables.active(write.tableName);
  if (write.action === "PutItem") {
    checkItemSize(write.keyOrItem, "Item size has exceeded the maximum allowed size");
    const keyText = parts.engine.keyTextOfItem(table.engine, write.keyOrItem);
    checkIndexKeys(table, write.keyOrItem);
    return { ...write, table, keyText, lockName: `${table.id}/${keyText}` };
  }
  const keyText = parts.engine.keyText(table.engine, write.keyOrItem);
  if (write.update !== undefined) parts.engine.checkUpdates(table.engine, write.update);
  if (write.conditionPaths !== undefined) parts.engine.checkNestedPaths(table.engine, write.conditionPaths);
  return { ...write, table, keyText, lockName: `${table.id}/${keyText}` };
}

/** Evaluates condition and update on the item as it is now. To be called under the key's lock. */
export function decideWrite(parts: Parts, write: PlacedWrite): DecidedWrite {
  const before = parts.engine.read(write.table.engine, write.keyText);
  if (write.condition !== undefined && !holds(write.condition, before))
    throw new AwsError("ConditionalCheckFailedException", "The conditional request failed", 400, {
      ...(write.showOldOnFailure && before !== undefined ? { Item: before } : {}),
    });
  if (write.action === "PutItem") return { before, after: write.keyOrItem };
  if (write.action === "DeleteItem") return { before, after: undefined };
  if (write.action === "ConditionCheckItem") return { before, after: before };
  if (write.update === undefined) return { before, after: before ?? write.keyOrItem };
  const after = applyUpdate(write.update, before, write.keyOrItem);
  checkItemSize(after, "Item size to update has exceeded the maximum allowed size");
  // Checks index keys again: a value that came from another attribute could not be seen before.
  parts.engine.keyTextOfItem(write.table.engine, after);
  checkIndexKeys(write.table, after);
  return { before, after };
}

/** Carries out a decided write and journals it, if it changes anything. To be called under the key's lock. */
export async function commitWrite(
  parts: Parts,
  write: Pick<PlacedWrite, "table" | "keyText">,
  { before, after }: DecidedWrite,
  principalArn: string,
  atMs?: number,
): Promise<void> {
  if (before === after || (before !== undefined && after !== undefined && mapsEqual(before, after))) return;
  const subject = after ?? before;
  if (subject === undefined) return;
  await parts.engine.write(write.table.engine, write.keyText, before, after);
  const bytes = write.table.changed(before, after);
  const key = write.table.keyOf(subject);
  parts.journal.record(write.table.id, {
    keyText: write.keyText,
    // The time of the moment in which it is journalled: what is read of the past later on is then complete.
    atMs: atMs ?? parts.journal.tick(parts.now()),
    key,
    image: after,
    bytes: after === undefined ? itemSize(key) : bytes,
    principalArn,
  });
}

/** Counts what a write costs, also one that failed its condition: "a failed conditional write still costs". */
export function countWrite(parts: Parts, write: PlacedWrite, caller: Caller, found: DecidedWrite, factor = 1): number {
  const units = writeUnits(found.before, found.after) * factor;
  parts.statistics.countWrite(write.table.name, caller.principalArn, units);
  return units;
}

function checkItemSize(item: Item, message: string): void {
  if (itemSize(item) > MAX_ITEM_BYTES) throw new AwsError("ValidationException", message);
}

function checkIndexKeys(table: Table, item: Item): void {
  const indexes = [...(table.engine.GlobalSecondaryIndexes ?? []), ...(table.engine.LocalSecondaryIndexes ?? [])];
  for (const index of indexes)
    for (const { AttributeName: name } of index.KeySchema)
      if (isEmpty(item[name])) throw emptyIndexKey(index.IndexName, name);
}

function isEmpty(value: AttributeValue | undefined): boolean {
  return value?.S === "" || value?.B === "";
}

function emptyIndexKey(index: string, name: string): AwsError {
  return new AwsError(
    "ValidationException",
    "One or more parameter values are not valid. A value specified for a secondary index key is not supported. " +
      `The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ${index}, IndexKey: ${name}`,
  );
}
