import { AwsError, type Caller, NotInPocketAwsError } from "../service.ts";
import type { Item } from "./attribute-value.ts";
import { consumedCapacity, leadingKeysOf, placeAuthorized, projected, showsOldOnFailure } from "./item-actions.ts";
import { itemSize, readUnits } from "./item-size.ts";
import {
  commitWrite,
  countWrite,
  type DecidedWrite,
  decideWrite,
  type ItemWrite,
  itemWriteOf,
  type PlacedWrite,
  type WriteAction,
} from "./item-write.ts";
import type { Actions, Input, Output, Parts } from "./parts.ts";

const MAX_ACTIONS = 100;
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;
/** "A client request token is valid for 10 minutes after the first request that uses it is completed." */
const TOKEN_MS = 10 * 60 * 1000;
/** "A transactional write consumes twice the units", also when it is cancelled. */
const TRANSACTION_FACTOR = 2;

const MEMBERS: Readonly<Record<string, { action: WriteAction; checkedAs: "PutItem" | "UpdateItem" | "DeleteItem" }>> = {
  Put: { action: "PutItem", checkedAs: "PutItem" },
  Update: { action: "UpdateItem", checkedAs: "UpdateItem" },
  Delete: { action: "DeleteItem", checkedAs: "DeleteItem" },
  ConditionCheck: { action: "ConditionCheckItem", checkedAs: "DeleteItem" },
};

interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: unknown;
}

/** TransactGetItems and TransactWriteItems. */
export function transactionActions(parts: Parts): Actions {
  const tokens = new Map<string, { readonly request: string; readonly usedMs: number }>();
  return {
    TransactGetItems: (caller, input) => transactGetItems(parts, caller, input),
    TransactWriteItems: async (caller, input) => {
      const { ClientRequestToken: token, ...request } = input;
      if (typeof token !== "string") return transactWriteItems(parts, caller, request);
      const text = JSON.stringify(request);
      const used = tokens.get(token);
      if (used !== undefined && parts.now() - used.usedMs < TOKEN_MS) {
        if (used.request === text) return {};
        throw new AwsError("IdempotentParameterMismatchException", `The token ${token} was used with another request.`);
      }
      const output = await transactWriteItems(parts, caller, request);
      tokens.set(token, { request: text, usedMs: parts.now() });
      return output;
    },
  };
}

async function transactWriteItems(parts: Parts, caller: Caller, input: Input): Promise<Output> {
  const members = transactItems("TransactWriteItems", input);
  const writes = members.map((member) => writeOf(parts, member));
  const authorize = (write: ItemWrite) =>
    parts.authorization.authorize({
      caller,
      action: write.action,
      table: write.tableName,
      leadingKeys: leadingKeysOf(parts, write.tableName, [write.keyOrItem]),
      enclosingOperation: "TransactWriteItems",
    });
  const placed = writes.map((write) => placeAuthorized(parts, write, () => authorize(write)));
  const locks = placed.map((write) => write.lockName);
  if (new Set(locks).size !== locks.length)
    throw new AwsError("ValidationException", "Transaction request cannot include multiple operations on one item");
  return parts.locks.holding(locks, async () => {
    placed.forEach(authorize);
    const decided: (DecidedWrite | undefined)[] = [];
    const reasons: CancellationReason[] = [];
    for (const write of placed) {
      try {
        decided.push(decideWrite(parts, write));
        reasons.push({ Code: "None" });
      } catch (error) {
        decided.push(undefined);
        reasons.push(reasonOf(error));
      }
    }
    const units = placed.map((write, index) => {
      const found = decided[index] ?? refusedWrite(parts, write);
      return { table: write.tableName, units: countWrite(parts, write, caller, found, TRANSACTION_FACTOR) };
    });
    if (decided.includes(undefined)) throw cancelled(reasons);
    if (
      decided.reduce((sum, write) => sum + (write?.after === undefined ? 0 : itemSize(write.after)), 0) >
      MAX_TRANSACTION_BYTES
    )
      throw new AwsError("ValidationException", "Collection size of items in the transaction cannot exceed 4MB");
    // One moment for all: a restore has the whole transaction or none of it.
    const atMs = parts.journal.tick(parts.now());
    for (const [index, write] of placed.entries()) {
      const change = decided[index];
      if (change !== undefined) await commitWrite(parts, write, change, caller.principalArn, atMs);
    }
    return capacityOf(input, units);
  });
}

async function transactGetItems(parts: Parts, caller: Caller, input: Input): Promise<Output> {
  const gets = transactItems("TransactGetItems", input).map((member) => {
    const [[name, get] = []] = Object.entries(member);
    if (name !== "Get") throw new NotInPocketAwsError(`the member ${name} in TransactGetItems`);
    return parts.engine.check("GetItem", get as Input);
  });
  for (const get of gets)
    parts.authorization.authorize({
      caller,
      action: "GetItem",
      table: String(get.TableName),
      leadingKeys: leadingKeysOf(parts, String(get.TableName), [get.Key as Item]),
      enclosingOperation: "TransactGetItems",
    });
  const placed = gets.map((get) => {
    const table = parts.tables.active(String(get.TableName));
    return { get, table, keyText: parts.engine.keyText(table.engine, get.Key as Item) };
  });
  return parts.locks.holding(
    placed.map(({ table, keyText }) => `${table.id}/${keyText}`),
    async () => {
      const responses: Output[] = [];
      const units: { table: string; units: number }[] = [];
      for (const { get, table, keyText } of placed) {
        const item = parts.engine.read(table.engine, keyText);
        const cost = readUnits(item === undefined ? 0 : itemSize(item), true) * TRANSACTION_FACTOR;
        parts.statistics.countRead(table.name, caller.principalArn, 1, cost);
        units.push({ table: table.name, units: cost });
        responses.push(item === undefined ? {} : { Item: projected(item, get) });
      }
      return { Responses: responses, ...capacityOf(input, units) };
    },
  );
}

/** What a write that was not done is counted by: the item as it is, and the one that was to take its place. */
function refusedWrite(parts: Parts, write: PlacedWrite): DecidedWrite {
  const before = parts.engine.read(write.table.engine, write.keyText);
  return { before, after: write.action === "PutItem" ? write.keyOrItem : before };
}

function transactItems(operation: string, input: Input): Readonly<Record<string, unknown>>[] {
  for (const member of Object.keys(input))
    if (!["TransactItems", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"].includes(member))
      throw new NotInPocketAwsError(`the member ${member} of ${operation}`);
  const items = input.TransactItems;
  if (!Array.isArray(items) || items.length === 0 || items.length > MAX_ACTIONS)
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length between 1 and ${MAX_ACTIONS}`,
    );
  return items;
}

function writeOf(parts: Parts, member: Readonly<Record<string, unknown>>): ItemWrite {
  const entries = Object.entries(member);
  const [name, request] = entries[0] ?? [];
  const kind = name === undefined ? undefined : MEMBERS[name];
  if (entries.length !== 1 || kind === undefined)
    throw new AwsError("ValidationException", "TransactItems can only contain one of Check, Put, Update or Delete");
  const { ReturnValuesOnConditionCheckFailure: onFailure, ...rest } = request as Input;
  const checked = parts.engine.check(kind.checkedAs, rest);
  if (kind.action === "ConditionCheckItem" && checked._condition === undefined)
    throw new AwsError("ValidationException", "A ConditionCheck needs a ConditionExpression");
  return itemWriteOf(kind.action, checked, showsOldOnFailure(onFailure));
}

function reasonOf(error: unknown): CancellationReason {
  if (!(error instanceof AwsError)) throw error;
  if (error.code === "ConditionalCheckFailedException")
    return { Code: "ConditionalCheckFailed", Message: error.message, ...error.details };
  if (error.code === "ValidationException") return { Code: "ValidationError", Message: error.message };
  throw error;
}

function cancelled(reasons: readonly CancellationReason[]): AwsError {
  return new AwsError(
    "TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map((reason) => reason.Code).join(", ")}]`,
    400,
    { CancellationReasons: reasons },
  );
}

function capacityOf(input: Input, units: readonly { readonly table: string; readonly units: number }[]): Output {
  const totals = new Map<string, number>();
  for (const one of units) totals.set(one.table, (totals.get(one.table) ?? 0) + one.units);
  const capacities = [...totals].map(([table, total]) => consumedCapacity(input, table, total).ConsumedCapacity);
  return capacities[0] === undefined ? {} : { ConsumedCapacity: capacities };
}
