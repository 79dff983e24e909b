import {
  type AttributeDefinition,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  type KeySchemaElement,
  ListExportsCommand,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { EvidenceImages, EvidenceLine } from "../../../../functions/evidence/evidence.ts";
import { type ExportRecord, readExportRecord } from "../../../../functions/evidence/export/export-record.ts";
import { incrementalExport } from "../../../../functions/evidence/export.ts";
import type { Item } from "../../../../functions/items/item.ts";
import { canonicalKey, type KeyAttribute } from "../../../../functions/items/key.ts";
import type { Cursor } from "../../../../functions/key-sources/key-source.ts";
import { Artifacts } from "../../../../functions/runtime/artifacts.ts";
import type { Aws } from "../../../../functions/runtime/aws.ts";
import type { Dependencies } from "../../../../functions/runtime/dependencies.ts";
import { readEnvironment } from "../../../../functions/runtime/environment.ts";
import { Recoveries } from "../../../../functions/runtime/recoveries.ts";
import type { Recovery } from "../../../../functions/runtime/recovery.ts";
import type { Conditions } from "../../../../local/conditions.ts";
import { type PocketAws, startPocketAws } from "../../../../local/pocket-aws.ts";

/** 2026-11-18T00:00:00Z: when every world begins. */
export const BEGIN = Date.UTC(2026, 10, 18) / 1000;
export const BUCKET = "recovery-bucket";
const RECOVERIES = "recoveries";

export interface FoundInExports {
  readonly key: Item;
  readonly line: EvidenceLine;
  readonly resumeAt: Cursor;
}

/** The pocket AWS with a table, the recoveries table and the bucket, on a clock that only the test moves. */
export class ExportingWorld {
  readonly aws: PocketAws;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly deps: Dependencies;
  readonly #time: { nowMs: number };
  readonly #keys: readonly KeyAttribute[];
  /** Told of every DynamoDB command before it is sent, and after it was answered; throws to fail it. */
  beforeCommand: (command: object) => void = () => {};
  afterCommand: (command: object) => void = () => {};

  private constructor(aws: PocketAws, time: { nowMs: number }, keys: readonly KeyAttribute[]) {
    this.aws = aws;
    this.#time = time;
    this.#keys = keys;
    this.dynamodb = new DynamoDBClient(aws.clientConfig());
    this.s3 = new S3Client(aws.clientConfig());
    const send = async (command: Parameters<DynamoDBClient["send"]>[0]) => {
      this.beforeCommand(command);
      const answer = await this.dynamodb.send(command);
      this.afterCommand(command);
      return answer;
    };
    this.deps = {
      aws: { dynamodb: { send } as unknown as DynamoDBClient, s3: this.s3 } as Aws,
      environment: readEnvironment({
        RECOVERIES_TABLE: RECOVERIES,
        RECOVERY_BUCKET: BUCKET,
        NOTIFICATION_TOPIC_ARN: "topic",
        FUNCTION_PREFIX: "backstitch",
        TABLES_PATH: "/backstitch/tables/",
      }),
      recoveries: new Recoveries(this.dynamodb, RECOVERIES),
      artifacts: new Artifacts(this.s3, BUCKET),
      now: () => new Date(time.nowMs),
      logger: { info() {}, debug() {}, error() {}, warn() {} },
    };
  }

  static async start(keys: readonly KeyAttribute[], conditions: Partial<Conditions> = {}): Promise<ExportingWorld> {
    const time = { nowMs: BEGIN * 1000 };
    const aws = await startPocketAws({ conditions: { exportMs: 0, ...conditions }, now: () => time.nowMs });
    const world = new ExportingWorld(aws, time, keys);
    await world.#createTable("orders", keys);
    await world.#createTable(RECOVERIES, [
      { name: "recoveryId", type: "S", role: "HASH" },
      { name: "record", type: "S", role: "RANGE" },
    ]);
    await world.pointInTimeRecovery(true);
    await world.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    return world;
  }

  async close(): Promise<void> {
    this.dynamodb.destroy();
    this.s3.destroy();
    await this.aws.close();
  }

  async #createTable(TableName: string, keys: readonly KeyAttribute[]): Promise<void> {
    const AttributeDefinitions: AttributeDefinition[] = keys.map(({ name, type }) => ({
      AttributeName: name,
      AttributeType: type,
    }));
    const KeySchema: KeySchemaElement[] = keys.map(({ name, role }) => ({ AttributeName: name, KeyType: role }));
    await this.dynamodb.send(
      new CreateTableCommand({ TableName, AttributeDefinitions, KeySchema, BillingMode: "PAY_PER_REQUEST" }),
    );
  }

  async pointInTimeRecovery(PointInTimeRecoveryEnabled: boolean): Promise<void> {
    await this.dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName: "orders",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled },
      }),
    );
  }

  /** Goes on to so many seconds after the world's beginning. */
  at(seconds: number): void {
    const nowMs = Math.round((BEGIN + seconds) * 1000);
    if (nowMs < this.#time.nowMs) throw new RangeError(`The world is past second ${seconds} already.`);
    this.#time.nowMs = nowMs;
  }

  async put(...items: readonly Item[]): Promise<void> {
    for (const Item of items) await this.dynamodb.send(new PutItemCommand({ TableName: "orders", Item }));
  }

  /** Writes what has one time, all at once; at most 25. */
  async write(puts: readonly Item[], deletes: readonly Item[]): Promise<void> {
    const orders = [
      ...puts.map((Item) => ({ PutRequest: { Item } })),
      ...deletes.map((Key) => ({ DeleteRequest: { Key } })),
    ];
    await this.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { orders } }));
  }

  async delete(Key: Item): Promise<void> {
    await this.dynamodb.send(new DeleteItemCommand({ TableName: "orders", Key }));
  }

  get tableArn(): string {
    return `arn:aws:dynamodb:${this.aws.region}:${this.aws.accountId}:table/orders`;
  }

  async exportArns(): Promise<string[]> {
    const { ExportSummaries = [] } = await this.dynamodb.send(new ListExportsCommand({}));
    return ExportSummaries.map(({ ExportArn = "" }) => ExportArn);
  }

  /** A recovery of an incident between two seconds after the world's beginning, the last bad one included. */
  recovery(badSince: number, incidentEnd?: number, change: Partial<Recovery> = {}): Recovery {
    return {
      recoveryId: "r-1",
      table: { tableName: "orders" },
      tableArn: this.tableArn,
      keySchema: { attributes: this.#keys },
      request: { table: "orders" },
      evidence: "export",
      restoreDateTime: BEGIN + badSince - 1,
      ...(incidentEnd === undefined ? {} : { incidentEnd: BEGIN + incidentEnd }),
      ...change,
    } as Recovery;
  }

  start(recovery: Recovery) {
    return incrementalExport.start(recovery, this.deps);
  }

  check(recovery: Recovery) {
    return incrementalExport.check(recovery, this.deps);
  }

  record(recoveryId = "r-1"): Promise<ExportRecord | undefined> {
    return readExportRecord(recoveryId, this.deps);
  }

  /** Asks until all is exported: files are written in real time, the world's clock alone does not show it. */
  async exported(recovery: Recovery): Promise<void> {
    let progress = await this.start(recovery);
    while (progress === "running") {
      await new Promise((resolve) => setImmediate(resolve));
      progress = await this.check(recovery);
    }
    if (progress !== "ready") throw new Error(`The exports are ${progress}.`);
  }

  async collect(recovery: Recovery, from?: Cursor): Promise<FoundInExports[]> {
    const found: FoundInExports[] = [];
    for await (const { key, line, resumeAt } of incrementalExport.collect?.(recovery, from, this.deps) ?? [])
      if (key && line) found.push({ key, line, resumeAt });
    return found;
  }

  /** What the exports say of every key that they name; not of those that the incident did not touch. */
  async images(recovery: Recovery): Promise<Map<string, EvidenceImages>> {
    const { keySchema } = recovery;
    const found = await this.collect(recovery);
    const byKey = Map.groupBy(found, ({ key }) => canonicalKey(key, keySchema));
    return new Map(
      [...byKey].flatMap(([name, lines]) => {
        // As it stands in a run between collecting and combining.
        const kept = JSON.parse(JSON.stringify(lines.map(({ line }) => line))) as EvidenceLine[];
        const images = incrementalExport.combine?.(recovery, lines[0]?.key ?? {}, kept);
        return images ? [[name, images] as const] : [];
      }),
    );
  }
}
