import type { Conditions } from "../conditions.ts";
import { jsonBody, jsonError, jsonResponse } from "../protocols/json.ts";
import {
  type ApiRequest,
  type ApiResponse,
  type Authorizer,
  AwsError,
  NotInPocketAwsError,
  type Service,
} from "../service.ts";
import type { Item } from "./attribute-value.ts";
import { Authorization } from "./authorization.ts";
import { backupActions } from "./backups.ts";
import { batchActions } from "./batches.ts";
import { Engine } from "./engine.ts";
import { exportActions } from "./exports/export-actions.ts";
import type { ExportStorage } from "./exports/export-storage.ts";
import { Exports } from "./exports/exports.ts";
import { itemActions } from "./item-actions.ts";
import { commitWrite, placeWrite } from "./item-write.ts";
import { Journal, type JournalEntry, SERVICE_PRINCIPAL } from "./journal.ts";
import { KeyLock } from "./key-lock.ts";
import { partiqlActions } from "./partiql.ts";
import type { Actions, Parts } from "./parts.ts";
import { isRestoring, pointInTimeActions } from "./point-in-time.ts";
import { searchActions } from "./searches.ts";
import { seedItems } from "./seed.ts";
import { type BilledBytes, Statistics, type TableStatistics } from "./statistics.ts";
import { Streams } from "./streams/streams.ts";
import { tableActions } from "./table-actions.ts";
import { tableSettingActions } from "./table-settings.ts";
import { Tables } from "./tables.ts";
import { transactionActions } from "./transactions.ts";

const TARGET_PREFIX = "DynamoDB_20120810.";
const STATE_PAGE = 500;

export interface DynamoDbOptions {
  readonly accountId: string;
  readonly region: string;
  readonly authorizer: Authorizer;
  readonly conditions: Conditions;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
  /** Where exports go; without it there are none. */
  readonly exportStorage?: ExportStorage;
}

/** DynamoDB of the pocket AWS: our front door (who may, conditions, journal, restores) before dynalite's store. */
export class DynamoDbService implements Service {
  readonly signingName = "dynamodb";
  /** What Lambda's event source mappings read; the API of DynamoDB Streams itself is not known here. */
  readonly streams: Streams;
  readonly #parts: Parts;
  readonly #dataActions: Actions;
  readonly #controlActions: Actions;
  readonly #exports: Exports;

  private constructor(parts: Parts, exportStorage: ExportStorage | undefined) {
    this.#parts = parts;
    this.streams = new Streams(parts);
    this.#exports = new Exports(parts, exportStorage);
    this.#dataActions = {
      ...itemActions(parts),
      ...batchActions(parts),
      ...searchActions(parts),
      ...transactionActions(parts),
      ...partiqlActions(parts),
    };
    this.#controlActions = {
      ...tableActions(parts),
      ...tableSettingActions(parts),
      ...pointInTimeActions(parts),
      ...backupActions(parts),
      ...exportActions(parts, this.#exports),
    };
  }

  static async start(options: DynamoDbOptions): Promise<DynamoDbService> {
    const { conditions } = options;
    const now = options.now ?? Date.now;
    const tables = new Tables((table) => isRestoring(table, now(), conditions.restoreMs));
    const knowsEarly = () => conditions.propagationFlicker > 0 && conditions.random() < conditions.propagationFlicker;
    const authorization = new Authorization({ ...options, tables, now, knowsEarly });
    const engine = new Engine();
    await engine.open();
    const [journal, locks, statistics] = [new Journal(), new KeyLock(), new Statistics()];
    const parts = { engine, journal, locks, statistics, tables, authorization, conditions, now };
    return new DynamoDbService(parts, options.exportStorage);
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    try {
      return jsonResponse(200, await this.#run(request));
    } catch (error) {
      if (error instanceof AwsError) return jsonError(error);
      throw error;
    }
  }

  /** Items read and written so far: table, then principal. */
  get statistics(): Readonly<Record<string, Readonly<Record<string, Readonly<TableStatistics>>>>> {
    return this.#parts.statistics.snapshot();
  }

  /** Bytes of exports (as DescribeExport bills them) and of restores (the table's size), by source table. */
  get billedBytes(): Readonly<Record<string, Readonly<BilledBytes>>> {
    return this.#parts.statistics.billedBytes();
  }

  /** Every effective write to the table as it is now (not to a deleted one of the same name), oldest first. */
  history(table: string, sinceMs = 0): JournalEntry[] {
    return this.#parts.journal.history(this.#parts.tables.existing(table).id, sinceMs);
  }

  /** As `history`, of one item only. */
  historyOf(table: string, key: Item): JournalEntry[] {
    const { id, engine } = this.#parts.tables.existing(table);
    return this.#parts.journal.history(id, 0, this.#parts.engine.keyText(engine, key));
  }

  /** One item as it was at a moment, writes at exactly that millisecond included; undefined: it was not there. */
  imageAt(table: string, key: Item, atMs: number): Item | undefined {
    const { id, engine } = this.#parts.tables.existing(table);
    return this.#parts.journal.imageAt(id, this.#parts.engine.keyText(engine, key), atMs);
  }

  /** Every item as it was at a moment, one by one: for judges of tables that are too big to hold twice. */
  *stateAt(table: string, atMs: number): Generator<Item> {
    const pages = this.#parts.journal.stateAt(this.#parts.tables.existing(table).id, atMs, STATE_PAGE);
    for (const page of pages) for (const { imageJson } of page) yield JSON.parse(imageJson) as Item;
  }

  /** Deletes an item as TTL does: by the service itself, past every policy. */
  async expire(table: string, key: Item): Promise<void> {
    const write = { action: "DeleteItem" as const, tableName: table, keyOrItem: key, showOldOnFailure: false };
    const placed = placeWrite(this.#parts, {
      ...write,
      condition: undefined,
      conditionPaths: undefined,
      update: undefined,
    });
    await this.#parts.locks.holding([placed.lockName], async () => {
      const before = this.#parts.engine.read(placed.table.engine, placed.keyText);
      await commitWrite(this.#parts, placed, { before, after: undefined }, SERVICE_PRINCIPAL);
    });
  }

  /** Puts many items at once, past IAM and conditions: for tests and demos that begin with a full table. */
  async seed(table: string, items: readonly Item[]): Promise<void> {
    await seedItems(this.#parts, table, items);
  }

  /** Makes DescribeKinesisStreamingDestination name these streams; nothing is sent to them. */
  setKinesisDestinations(table: string, streamArns: readonly string[]): void {
    this.#parts.tables.existing(table).settings.kinesisStreamArns = streamArns;
  }

  async close(): Promise<void> {
    await this.#exports.close();
    await Promise.allSettled(this.#parts.tables.all().map((table) => table.loading));
    await this.#parts.engine.close();
    this.#parts.journal.close();
  }

  async #run(request: ApiRequest): Promise<unknown> {
    const target = request.headers["x-amz-target"] ?? "";
    const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : undefined;
    if (name === undefined) throw new NotInPocketAwsError(`the DynamoDB target ${JSON.stringify(target)}`);
    const isData = Object.hasOwn(this.#dataActions, name);
    const action = isData
      ? this.#dataActions[name]
      : Object.hasOwn(this.#controlActions, name)
        ? this.#controlActions[name]
        : undefined;
    if (action === undefined) throw new NotInPocketAwsError(`the DynamoDB action ${name}`);
    await this.#weather(isData);
    return action(request.caller, jsonBody(request));
  }

  /** What the real thing does to a request before it takes effect. */
  async #weather(isData: boolean): Promise<void> {
    const { conditions } = this.#parts;
    if (conditions.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, conditions.latencyMs));
    if (conditions.internalErrorRate > 0 && conditions.random() < conditions.internalErrorRate)
      throw new AwsError("InternalServerError", "Internal server error", 500);
    if (isData && conditions.throttleRate > 0 && conditions.random() < conditions.throttleRate)
      throw new AwsError(
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.",
      );
  }
}
