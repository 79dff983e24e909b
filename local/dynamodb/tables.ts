import { randomUUID } from "node:crypto";
import { AwsError } from "../service.ts";
import type { AttributeValue, Item } from "./attribute-value.ts";
import type { EngineTable } from "./engine.ts";
import { itemSize } from "./item-size.ts";
import type { PolicyVersion } from "./resource-policies.ts";
import type { TableStream } from "./streams/table-stream.ts";

/** "DynamoDB updates ItemCount and TableSizeBytes approximately every six hours." */
const COUNT_REFRESH_MS = 6 * 3600 * 1000;

export interface Throughput {
  readonly ReadCapacityUnits: number;
  readonly WriteCapacityUnits: number;
}

/** Settings that can change while the table lives. */
export interface TableSettings {
  billingMode: "PAY_PER_REQUEST" | "PROVISIONED";
  throughput: Throughput | undefined;
  deletionProtection: boolean;
  tableClass: string | undefined;
  encryption: Readonly<Record<string, unknown>> | undefined;
  stream: TableStream | undefined;
  tags: Map<string, string>;
  timeToLive: { attributeName: string; enabled: boolean } | undefined;
  /** Since when point-in-time recovery is on; undefined: it is off. */
  recoverableSinceMs: number | undefined;
  recoveryPeriodInDays: number;
  kinesisStreamArns: readonly string[];
}

/** Where a restored table's content came from, and whether it is there by now. */
export interface RestoreProgress {
  readonly sourceArn: string;
  readonly restoreDateTime: number;
  readonly backupArn?: string;
  readonly startedMs: number;
  loaded: boolean;
  /** Once a restore is over it stays so, whatever the conditions say later. */
  finished: boolean;
}

/** One incarnation of a table. */
export class Table {
  readonly id = randomUUID();
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly engine: EngineTable;
  readonly settings: TableSettings;
  readonly policies: PolicyVersion[] = [];
  /** Streams that were switched off: what they hold can still be read. */
  readonly endedStreams: TableStream[] = [];
  policyChangedMs = Number.NEGATIVE_INFINITY;
  restore: RestoreProgress | undefined;
  /** Ends when a restored table has its content; rejects if that failed. */
  loading: Promise<void> = Promise.resolve();
  itemCount = 0;
  sizeBytes = 0;
  #shown = { count: 0, bytes: 0 };
  #shownMs: number;

  constructor(
    name: string,
    arn: string,
    createdMs: number,
    schema: Omit<EngineTable, "TableName" | "TableStatus">,
    settings: TableSettings,
  ) {
    this.name = name;
    this.arn = arn;
    this.createdMs = createdMs;
    this.#shownMs = createdMs;
    this.engine = { ...schema, TableName: `${name}.${this.id}`, TableStatus: "ACTIVE" };
    this.settings = settings;
  }

  get partitionKeyName(): string {
    return this.engine.KeySchema[0]?.AttributeName ?? "";
  }

  /** The key attributes of an item, and nothing else. */
  keyOf(item: Item): Item {
    const key: Record<string, AttributeValue> = {};
    for (const { AttributeName: name } of this.engine.KeySchema) {
      const value = item[name];
      if (value !== undefined) key[name] = value;
    }
    return key;
  }

  /** What DescribeTable shows for count and size: stale for hours, as on AWS. */
  shownSize(nowMs: number): { readonly count: number; readonly bytes: number } {
    if (nowMs - this.#shownMs >= COUNT_REFRESH_MS) {
      this.#shownMs = nowMs;
      this.#shown = { count: this.itemCount, bytes: this.sizeBytes };
    }
    return this.#shown;
  }

  /** Takes a write into the count and the size; answers the bytes of what is there now. */
  changed(before: Item | undefined, after: Item | undefined): number {
    const bytes = after === undefined ? 0 : itemSize(after);
    this.itemCount += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    this.sizeBytes += bytes - (before === undefined ? 0 : itemSize(before));
    return bytes;
  }
}

/** The tables that exist now, by name. */
export class Tables {
  readonly #tables = new Map<string, Table>();
  readonly #isCreating: (table: Table) => boolean;

  constructor(isCreating: (table: Table) => boolean) {
    this.#isCreating = isCreating;
  }

  find(name: string): Table | undefined {
    return this.#tables.get(name);
  }

  names(): string[] {
    return [...this.#tables.keys()].sort();
  }

  all(): Table[] {
    return [...this.#tables.values()];
  }

  add(table: Table): void {
    this.#tables.set(table.name, table);
  }

  remove(table: Table): void {
    if (this.#tables.get(table.name) === table) this.#tables.delete(table.name);
  }

  isCreating(table: Table): boolean {
    return this.#isCreating(table);
  }

  /** The table, in whatever status; as control-plane requests see it. */
  existing(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined)
      throw new AwsError("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
    return table;
  }

  /** The table, if it takes reads and writes: one that is still being created does not. */
  active(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined || this.#isCreating(table))
      throw new AwsError("ResourceNotFoundException", "Requested resource not found");
    return table;
  }
}
