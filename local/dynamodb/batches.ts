import { AwsError, type Caller, NotInPocketAwsError } from "../service.ts";
import type { Item } from "./attribute-value.ts";
import { consumedCapacity, leadingKeysOf, projected } from "./item-actions.ts";
import { itemSize, readUnits } from "./item-size.ts";
import { commitWrite, countWrite, decideWrite, type ItemWrite, placeWrite } from "./item-write.ts";
import type { Actions, Input, Output, Parts } from "./parts.ts";

/** "A single operation can retrieve up to 16 MB of data"; the keys beyond it come back unprocessed. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
const MAX_WRITES = 25;

interface KeysOfTable {
  readonly Keys: readonly Item[];
  readonly ConsistentRead?: boolean;
}
interface WriteRequest {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

/** BatchGetItem and BatchWriteItem. */
export function batchActions(parts: Parts): Actions {
  return {
    BatchGetItem: (caller, input) => batchGetItem(parts, caller, input),
    BatchWriteItem: (caller, input) => batchWriteItem(parts, caller, input),
  };
}

function batchGetItem(parts: Parts, caller: Caller, input: Input): Output {
  refuseLegacyMembers(input);
  const request = parts.engine.check("BatchGetItem", input);
  const tables = Object.entries(request.RequestItems as Readonly<Record<string, KeysOfTable>>);
  const responses: Record<string, Item[]> = {};
  const unprocessed: Record<string, KeysOfTable> = {};
  const capacities: unknown[] = [];
  for (const [table, { Keys }] of tables)
    parts.authorization.authorize({
      caller,
      action: "BatchGetItem",
      table,
      leadingKeys: leadingKeysOf(parts, table, Keys),
    });
  const places = tables.map(([name, wanted]) => {
    const table = parts.tables.active(name);
    return { name, wanted, table, keyTexts: wanted.Keys.map((key) => parts.engine.keyText(table.engine, key)) };
  });
  let bytes = 0;
  for (const { name, wanted, table, keyTexts } of places) {
    const items = keyTexts.map((keyText) =>
      isLeftOut(parts) ? undefined : { item: parts.engine.read(table.engine, keyText) },
    );
    const answered: Item[] = [];
    const left: Item[] = [];
    let units = 0;
    items.forEach((read, index) => {
      const size = read?.item === undefined ? 0 : itemSize(read.item);
      if (read === undefined || bytes + size > MAX_BATCH_BYTES) left.push(wanted.Keys[index] ?? {});
      else {
        bytes += size;
        units += readUnits(size, wanted.ConsistentRead === true);
        if (read.item !== undefined) answered.push(projected(read.item, { ...wanted }));
      }
    });
    responses[name] = answered;
    if (left.length > 0) unprocessed[name] = { ...unparsed(wanted), Keys: left };
    parts.statistics.countRead(name, caller.principalArn, wanted.Keys.length - left.length, units);
    capacities.push(consumedCapacity(request, name, units).ConsumedCapacity);
  }
  refuseIfNothingDone(
    Object.values(unprocessed).flatMap((of) => of.Keys).length,
    places.flatMap((of) => of.keyTexts).length,
  );
  return {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ...(capacities[0] === undefined ? {} : { ConsumedCapacity: capacities }),
  };
}

async function batchWriteItem(parts: Parts, caller: Caller, input: Input): Promise<Output> {
  const request = parts.engine.check("BatchWriteItem", input);
  const tables = Object.entries(request.RequestItems as Readonly<Record<string, readonly WriteRequest[]>>);
  const authorize = () => {
    for (const [table, writes] of tables)
      parts.authorization.authorize({
        caller,
        action: "BatchWriteItem",
        table,
        leadingKeys: leadingKeysOf(parts, table, writes.map(keyOrItemOf)),
      });
  };
  authorize();
  const placed = tables.flatMap(([table, writes]) =>
    writes.map((write) => ({ write, ...placeWrite(parts, itemWriteOfBatch(table, write)) })),
  );
  if (placed.length > MAX_WRITES)
    throw new AwsError("ValidationException", "Too many items requested for the BatchWriteItem call");
  const locks = placed.map((write) => write.lockName);
  if (new Set(locks).size !== locks.length)
    throw new AwsError("ValidationException", "Provided list of item keys contains duplicates");
  const unprocessed: Record<string, WriteRequest[]> = {};
  const unitsOf = new Map<string, number>();
  await parts.locks.holding(locks, async () => {
    authorize();
    for (const write of placed) {
      if (isLeftOut(parts)) {
        unprocessed[write.tableName] = [...(unprocessed[write.tableName] ?? []), write.write];
        continue;
      }
      const decided = decideWrite(parts, write);
      await commitWrite(parts, write, decided, caller.principalArn);
      const units = countWrite(parts, write, caller, decided);
      unitsOf.set(write.tableName, (unitsOf.get(write.tableName) ?? 0) + units);
    }
  });
  refuseIfNothingDone(Object.values(unprocessed).flat().length, placed.length);
  const capacities = [...unitsOf].map(([table, units]) => consumedCapacity(request, table, units).ConsumedCapacity);
  return {
    UnprocessedItems: unprocessed,
    ...(capacities[0] === undefined ? {} : { ConsumedCapacity: capacities }),
  };
}

function itemWriteOfBatch(tableName: string, write: WriteRequest): ItemWrite {
  return {
    action: write.PutRequest === undefined ? "DeleteItem" : "PutItem",
    tableName,
    keyOrItem: keyOrItemOf(write),
    condition: undefined,
    conditionPaths: undefined,
    update: undefined,
    showOldOnFailure: false,
  };
}

function keyOrItemOf(write: WriteRequest): Item {
  return write.PutRequest?.Item ?? write.DeleteRequest?.Key ?? {};
}

function isLeftOut(parts: Parts): boolean {
  return parts.conditions.unprocessedRate > 0 && parts.conditions.random() < parts.conditions.unprocessedRate;
}

/** "If none of the items can be processed […] then the operation returns a ProvisionedThroughputExceededException." */
function refuseIfNothingDone(left: number, asked: number): void {
  if (left === asked)
    throw new AwsError(
      "ProvisionedThroughputExceededException",
      "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.",
    );
}

function unparsed(wanted: KeysOfTable): Record<string, unknown> {
  return Object.fromEntries(Object.entries(wanted).filter(([member]) => !member.startsWith("_")));
}

function refuseLegacyMembers(input: Input): void {
  const known = new Set(["Keys", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"]);
  for (const wanted of Object.values(input.RequestItems ?? {}))
    for (const member of Object.keys(wanted ?? {}))
      if (!known.has(member)) throw new NotInPocketAwsError(`the member ${member} in BatchGetItem's RequestItems`);
}
