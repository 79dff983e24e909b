import runQuery from "dynalite/actions/query.js";
import runScan from "dynalite/actions/scan.js";
import db from "dynalite/db/index.js";
import batchGetItem from "dynalite/validations/batchGetItem.js";
import batchWriteItem from "dynalite/validations/batchWriteItem.js";
import createTable from "dynalite/validations/createTable.js";
import deleteItem from "dynalite/validations/deleteItem.js";
import getItem from "dynalite/validations/getItem.js";
import validations from "dynalite/validations/index.js";
import putItem from "dynalite/validations/putItem.js";
import query from "dynalite/validations/query.js";
import scan from "dynalite/validations/scan.js";
import updateItem from "dynalite/validations/updateItem.js";
import { AwsError, NotInPocketAwsError } from "../service.ts";
import type { Item } from "./attribute-value.ts";

/** What dynalite needs to know of a table. Its name is that of one incarnation: a table made anew shares nothing with its predecessor. */
export interface EngineTable {
  readonly TableName: string;
  readonly TableStatus: "ACTIVE";
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: "S" | "N" | "B" }[];
  readonly KeySchema: readonly KeySchemaElement[];
  readonly GlobalSecondaryIndexes?: readonly EngineIndex[];
  readonly LocalSecondaryIndexes?: readonly EngineIndex[];
}
export interface KeySchemaElement {
  readonly AttributeName: string;
  readonly KeyType: "HASH" | "RANGE";
}
export interface EngineIndex {
  readonly IndexName: string;
  readonly KeySchema: readonly KeySchemaElement[];
  readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
}

/** Checked members of a request, with what dynalite's parsers made of its expressions under names that begin with `_`. */
export type CheckedRequest = Readonly<Record<string, unknown>>;

export interface LoadedItem {
  readonly keyText: string;
  readonly before?: Item | undefined;
  readonly item: Item;
}

export interface Page {
  readonly items: readonly Item[];
  readonly scannedCount: number;
  readonly lastEvaluatedKey: Item | undefined;
}

const VALIDATIONS = {
  BatchGetItem: batchGetItem,
  BatchWriteItem: batchWriteItem,
  CreateTable: createTable,
  DeleteItem: deleteItem,
  GetItem: getItem,
  PutItem: putItem,
  Query: query,
  Scan: scan,
  UpdateItem: updateItem,
} as const;
export type CheckedAction = keyof typeof VALIDATIONS;

/** Members from before expressions; dynalite compares maps and lists wrongly in them, and nobody needs them. */
const LEGACY_MEMBERS: ReadonlySet<string> = new Set([
  "Expected",
  "ConditionalOperator",
  "AttributeUpdates",
  "AttributesToGet",
  "KeyConditions",
  "QueryFilter",
  "ScanFilter",
]);

/** Members that came after dynalite. Every read of it is consistent: asking for that changes the read units alone. */
const NEWER_MEMBERS: Readonly<Partial<Record<CheckedAction, ReadonlySet<string>>>> = {
  Scan: new Set(["ConsistentRead"]),
};

/** dynalite, called in the process: its request checks, its key order, its indexes, its queries and scans. */
export class Engine {
  readonly #store = db.create({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });

  async open(): Promise<void> {
    await this.#store.db.open();
  }

  /** Checks a request's types and values as AWS does and parses its expressions; unknown members are an error. */
  check(action: CheckedAction, request: Readonly<Record<string, unknown>>): CheckedRequest {
    const validation = VALIDATIONS[action];
    for (const member of Object.keys(request)) {
      const isKnown = member in validation.types || NEWER_MEMBERS[action]?.has(member);
      if (!isKnown || LEGACY_MEMBERS.has(member)) throw new NotInPocketAwsError(`the member ${member} of ${action}`);
    }
    return asAwsErrors(() => {
      const data = validations.checkTypes({ ...request }, validation.types);
      validations.checkValidations(data, validation.types, validation.custom, this.#store);
      // dynalite's check leaves out what it does not know.
      for (const member of NEWER_MEMBERS[action] ?? [])
        if (request[member] !== undefined) data[member] = request[member];
      return data;
    });
  }

  /** The key of an item as the engine orders it; throws when the attributes do not fit the table's key schema. */
  keyText(table: EngineTable, key: Item): string {
    throwIfInvalid(db.validateKey(key, table));
    return db.createKey(key, table);
  }

  /** As `keyText`, for a whole item; checks the index keys as well. */
  keyTextOfItem(table: EngineTable, item: Item): string {
    throwIfInvalid(db.validateItem(item, table));
    return db.createKey(item, table);
  }

  /** Refuses an update of key attributes, or of index keys to a wrong type. */
  checkUpdates(table: EngineTable, updates: unknown): void {
    throwIfInvalid(db.validateUpdates(undefined, updates, table));
  }

  checkNestedPaths(table: EngineTable, nestedPaths: unknown): void {
    throwIfInvalid(db.validateKeyPaths(nestedPaths, table));
  }

  async create(table: EngineTable): Promise<void> {
    await settled<void>((done) => this.#store.tableDb.put(table.TableName, table, done));
  }

  async drop(table: EngineTable): Promise<void> {
    await settled<void>((done) => this.#store.tableDb.del(table.TableName, done));
    const prefixes = [
      `item-${table.TableName}~`,
      ...(table.GlobalSecondaryIndexes ?? []).map((index) => `index-global~${table.TableName}~${index.IndexName}~`),
      ...(table.LocalSecondaryIndexes ?? []).map((index) => `index-local~${table.TableName}~${index.IndexName}~`),
    ];
    for (const prefix of prefixes) await this.#store.db.clear({ gte: prefix, lt: `${prefix}\u00ff` });
  }

  /** Synchronous, for memory answers at once: a turn of the event loop for each key would be most of a batch's time. */
  read(table: EngineTable, keyText: string): Item | undefined {
    return this.#store.db.getSync(`item-${table.TableName}~${keyText}`) as Item | undefined;
  }

  async write(table: EngineTable, keyText: string, before: Item | undefined, after: Item | undefined): Promise<void> {
    if (table.GlobalSecondaryIndexes !== undefined || table.LocalSecondaryIndexes !== undefined)
      await settled<void>((done) => db.updateIndexes(this.#store, table, before, after, done));
    const items = this.#store.getItemDb(table.TableName);
    await settled<void>((done) => (after === undefined ? items.del(keyText, done) : items.put(keyText, after, done)));
  }

  /** Puts many items at once: into a table that nobody can see yet, or under the locks of their keys. */
  async load(table: EngineTable, entries: readonly LoadedItem[]): Promise<void> {
    if (table.GlobalSecondaryIndexes !== undefined || table.LocalSecondaryIndexes !== undefined)
      for (const { before, item } of entries)
        await settled<void>((done) => db.updateIndexes(this.#store, table, before, item, done));
    const puts = entries.map(({ keyText, item }) => ({ type: "put" as const, key: keyText, value: item }));
    await settled<void>((done) => this.#store.getItemDb(table.TableName).batch(puts, done));
  }

  /** One page; filter and projection are left to the caller, for dynalite filters maps and lists wrongly. */
  async page(action: "Query" | "Scan", table: EngineTable, request: CheckedRequest): Promise<Page> {
    const { _filter, _projection, Select, ReturnConsumedCapacity, ...data } = request;
    const allAttributes = Select === "ALL_ATTRIBUTES" ? { Select } : {};
    const run = action === "Query" ? runQuery : runScan;
    const result = await settled<Record<string, unknown>>((done) =>
      run(this.#store, { ...data, ...allAttributes, TableName: table.TableName }, done),
    ).catch((error) => {
      throw asAwsError(error);
    });
    return {
      items: (result?.Items ?? []) as readonly Item[],
      scannedCount: Number(result?.ScannedCount),
      lastEvaluatedKey: result?.LastEvaluatedKey as Item | undefined,
    };
  }

  async close(): Promise<void> {
    await this.#store.db.close();
  }
}

function settled<T>(start: (done: (error: unknown, result?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result)));
  });
}

function throwIfInvalid(problem: Error | null | undefined): void {
  if (problem !== null && problem !== undefined) throw asAwsError(problem);
}

function asAwsErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asAwsError(error);
  }
}

/** dynalite's errors carry the answer's body; anything else is passed on as it is. */
function asAwsError(error: unknown): unknown {
  if (!(error instanceof Error) || !("body" in error)) return error;
  const { __type, message, Message } = error.body as { __type: string; message?: string; Message?: string };
  return new AwsError(__type.split("#").at(-1) ?? __type, message ?? Message ?? error.message);
}
