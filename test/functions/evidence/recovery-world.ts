import {
  type AttributeDefinition,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import type { Item } from "../../../functions/items/item.ts";
import { Artifacts } from "../../../functions/runtime/artifacts.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import { readEnvironment } from "../../../functions/runtime/environment.ts";
import { Recoveries } from "../../../functions/runtime/recoveries.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { startWorld, tableArn, type World } from "../../local/dynamodb/support.ts";
import { MemoryS3 } from "./memory-s3.ts";

/** 2026-11-20T02:00:00Z: when every world begins. */
export const BEGIN = Date.UTC(2026, 10, 20, 2) / 1000;

/** How long a restore takes on the world's clock. */
export const RESTORE_MS = 60_000;

/** The pocket AWS's DynamoDB in process, a bucket in memory, and a clock that only the test moves. */
export class RecoveryWorld {
  readonly s3 = new MemoryS3();
  readonly deps: Dependencies;
  readonly dynamodb: DynamoDBClient;
  /** Told of every DynamoDB command before it is sent, and after it was answered; throws to fail it. */
  beforeCommand: (command: object) => void = () => {};
  afterCommand: (command: object) => void = () => {};
  nowMs = BEGIN * 1000;
  readonly warnings: string[] = [];
  readonly #pocket: World;

  private constructor(pocket: World, clock: { now: () => number }) {
    this.#pocket = pocket;
    clock.now = () => this.nowMs;
    // The bare server ends idle connections after five seconds: a request on one of them is sent again.
    this.dynamodb = pocket.clientOf("root", { maxAttempts: 3 });
    const send = async (command: Parameters<DynamoDBClient["send"]>[0]) => {
      this.beforeCommand(command);
      const answer = await this.dynamodb.send(command);
      this.afterCommand(command);
      return answer;
    };
    const intercepted = { send } as unknown as DynamoDBClient;
    this.deps = {
      aws: { dynamodb: intercepted, s3: this.s3.client } as Aws,
      environment: readEnvironment({
        RECOVERIES_TABLE: "recoveries",
        RECOVERY_BUCKET: "bucket",
        NOTIFICATION_TOPIC_ARN: "topic",
        FUNCTION_PREFIX: "backstitch",
        TABLES_PATH: "/backstitch/tables/",
      }),
      recoveries: new Recoveries(this.dynamodb, "recoveries"),
      artifacts: new Artifacts(this.s3.client, "bucket"),
      now: () => new Date(this.nowMs),
      logger: { info() {}, debug() {}, error() {}, warn: (message) => void this.warnings.push(String(message)) },
    };
  }

  static async start(): Promise<RecoveryWorld> {
    const clock = { now: () => BEGIN * 1000 };
    const world = new RecoveryWorld(await startWorld({ restoreMs: RESTORE_MS }, { now: () => clock.now() }), clock);
    await world.createTable("recoveries", [
      ["recoveryId", "S"],
      ["record", "S"],
    ]);
    return world;
  }

  async close(): Promise<void> {
    await this.#pocket.close();
  }

  get conditions() {
    return this.#pocket.conditions;
  }

  passSeconds(seconds: number): void {
    this.nowMs += seconds * 1000;
  }

  async createTable(name: string, keys: readonly (readonly [string, "S" | "N" | "B"])[], recoverable = false) {
    const attributes: AttributeDefinition[] = keys.map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    }));
    const schema: KeySchemaElement[] = keys.map(([AttributeName], index) => ({
      AttributeName,
      KeyType: index === 0 ? "HASH" : "RANGE",
    }));
    await this.dynamodb.send(
      new CreateTableCommand({
        TableName: name,
        AttributeDefinitions: attributes,
        KeySchema: schema,
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    if (!recoverable) return;
    await this.dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName: name,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
  }

  async put(table: string, item: Item): Promise<void> {
    await this.dynamodb.send(new PutItemCommand({ TableName: table, Item: item }));
  }

  seed(table: string, items: readonly Item[]): Promise<void> {
    return this.#pocket.service.seed(table, items);
  }

  describe(table: string) {
    return this.dynamodb.send(new DescribeTableCommand({ TableName: table })).then(({ Table }) => Table);
  }

  /** Writes the record `recovery`, as Preflight does. */
  async recover(change: Partial<Recovery> = {}): Promise<Recovery> {
    const recovery: Recovery = {
      recoveryId: "r-1",
      executionArn: "arn:aws:states:eu-west-1:111122223333:execution:recover:r-1",
      startedAt: new Date(this.nowMs).toISOString(),
      table: {
        tableName: "orders",
        tenantKey: "TENANT#{tenant}",
        guards: ["ssm-flag"],
        flagCacheSeconds: 60,
        applicationRoleArns: [],
        exemptPrincipalArns: [],
        provenWithinSeconds: 600,
        replicaRegions: [],
        changeLogGroups: [],
      },
      tableArn: tableArn("orders"),
      tableId: "id",
      keySchema: {
        attributes: [
          { name: "pk", type: "S", role: "HASH" },
          { name: "sk", type: "N", role: "RANGE" },
        ],
      },
      request: {
        table: "orders",
        mode: "repair",
        readOnly: "none",
        onFailure: "keepReadOnly",
        approval: { timeoutHours: 24, onTimeout: "stop" },
        concurrency: 8,
        conflicts: "skip",
        created: "report",
        evidence: "auto",
      },
      keySource: "list",
      evidence: "restore",
      evidenceReason: "restored beside the table",
      restoreDateTime: BEGIN + 600,
      guards: [],
      sideEffects: [],
      ...change,
    };
    await this.deps.recoveries.put(recovery.recoveryId, "recovery", recovery);
    return recovery;
  }
}
