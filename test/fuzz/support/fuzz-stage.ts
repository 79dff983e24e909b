/** A deployed stage on which the code of one function runs in this process, under its own role and with its own environment. */
import { isDeepStrictEqual } from "node:util";
import { DeleteItemCommand, PutItemCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { DeleteObjectCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import type { Context } from "aws-lambda";
import { vi } from "vitest";
import { environmentVariables } from "../../../local/lambda/environment-variables.ts";
import { type World, worldOf } from "../../scenarios/support/world.ts";
import {
  type DeployedPocketAws,
  type Item,
  ORDERS_TABLE,
  startDeployedPocketAws,
} from "../../support/deployed-pocket-aws.ts";

/** How long ago the table was made: whatever a request says of the last hours can be restored. */
const HOURS_OF_HISTORY = 3;
/** When the order of acme was damaged. */
const INCIDENT_MINUTES_AGO = 30;
/** Stands in every item of the table, and must stand in no message. */
export const PLANTED = "planted-value-of-an-item";

/** Operations that only look. */
const READS = /^(Get|BatchGet|List|Describe|Query|Scan|Simulate)|^(GET|HEAD) /;

export type Handler = (event: unknown, context: Context) => Promise<unknown>;

const CONTEXT = { functionName: "fuzzed", awsRequestId: "1", memoryLimitInMB: "512" } as Context;

/** A run of more than five minutes would meet the sweep, which writes down what it has seen. */
async function stopSchedules({ aws }: DeployedPocketAws): Promise<void> {
  const events = new EventBridgeClient(aws.clientConfig());
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  for (const { Name: Rule, ScheduleExpression } of Rules) {
    if (ScheduleExpression === undefined) continue;
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule }));
    const Ids = Targets.flatMap(({ Id }) => Id ?? []);
    await events.send(new RemoveTargetsCommand({ Rule, Ids }));
  }
  events.destroy();
}

export class FuzzStage {
  readonly stage: DeployedPocketAws;
  /** What was asked of AWS that may have changed something, since it was last looked at. */
  readonly changing: string[];
  #handler: Handler | undefined;

  private constructor(stage: DeployedPocketAws, changing: string[]) {
    this.stage = stage;
    this.changing = changing;
  }

  static async start(): Promise<FuzzStage> {
    const clock = { behindMs: HOURS_OF_HISTORY * 3_600_000 };
    const changing: string[] = [];
    const stage = await startDeployedPocketAws({
      now: () => Date.now() - clock.behindMs,
      onRequest: ({ service, action, callerArn }) => {
        if (!READS.test(action))
          changing.push(`${service} ${action} by ${callerArn.slice(callerArn.lastIndexOf("/") + 1)}`);
      },
    });
    for (const [pk, sk] of [
      ["TENANT#acme", "ORDER#1"],
      ["TENANT#globex", "ORDER#1"],
    ] as const)
      await stage.dynamodb.send(
        new PutItemCommand({
          TableName: ORDERS_TABLE,
          Item: { pk: { S: pk }, sk: { S: sk }, note: { S: PLANTED }, total: { N: "12.5" }, version: { N: "1" } },
        }),
      );
    clock.behindMs = INCIDENT_MINUTES_AGO * 60_000;
    await stage.dynamodb.send(
      new PutItemCommand({
        TableName: ORDERS_TABLE,
        Item: {
          pk: { S: "TENANT#acme" },
          sk: { S: "ORDER#1" },
          note: { S: PLANTED },
          total: { N: "-1" },
          version: { N: "2" },
        },
      }),
    );
    clock.behindMs = 0;
    await stopSchedules(stage);
    return new FuzzStage(stage, changing);
  }

  async close(): Promise<void> {
    vi.unstubAllEnvs();
    await this.stage.close();
  }

  get recoveriesTable(): string {
    return this.stage.outputs.RecoveriesTableName ?? "";
  }

  get bucket(): string {
    return this.stage.outputs.RecoveryBucketName ?? "";
  }

  /** Loads a function's code as Lambda would start it. One a stage: clients keep the credentials that they began with. */
  async load(functionName: string, code: () => Promise<{ readonly handler: unknown }>): Promise<void> {
    const { aws } = this.stage;
    const { configuration } = aws.services.lambda.find(functionName);
    const variables = environmentVariables(configuration, {
      region: aws.region,
      endpoint: aws.endpoint,
      credentials: { sessionToken: "", ...aws.asRole(configuration.roleArn, functionName) },
      logStream: "fuzzed",
    });
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    for (const [name, value] of Object.entries({ POWERTOOLS_TRACE_ENABLED: "false", POWERTOOLS_LOG_LEVEL: "SILENT" }))
      vi.stubEnv(name, value);
    this.#handler = (await code()).handler as Handler;
  }

  /** Calls the loaded function with an event that came as JSON text. */
  async call(eventJson: string): Promise<unknown> {
    if (!this.#handler) throw new Error("No function is loaded.");
    return this.#handler(JSON.parse(eventJson), CONTEXT);
  }

  /** Ends a recovery that began, as far as its status goes. */
  async endRecovery(recoveryId: string, outcome: string): Promise<void> {
    const record = (await this.records()).get(`${recoveryId} status`);
    if (!record) throw new Error(`Recovery ${recoveryId} did not begin.`);
    const status = { ...(JSON.parse(record.document?.S ?? "{}") as object), state: "ended", outcome };
    await this.stage.dynamodb.send(
      new PutItemCommand({
        TableName: this.recoveriesTable,
        Item: { ...record, document: { S: JSON.stringify(status) } },
      }),
    );
  }

  world(): Promise<World> {
    return worldOf(this.stage.aws);
  }

  async records(): Promise<Map<string, Item>> {
    const records = new Map<string, Item>();
    for await (const { Items = [] } of paginateScan(
      { client: this.stage.dynamodb },
      { TableName: this.recoveriesTable, ConsistentRead: true },
    ))
      for (const item of Items) records.set(`${item.recoveryId?.S} ${item.record?.S}`, item);
    return records;
  }

  /** Makes the recoveries table what it was; answers the names of the records that had changed. */
  async putRecordsBack(before: ReadonlyMap<string, Item>): Promise<string[]> {
    const now = await this.records();
    const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
      (name) => !isDeepStrictEqual(before.get(name), now.get(name)),
    );
    for (const name of changed) {
      const Item = before.get(name);
      const { recoveryId, record } = Item ?? now.get(name) ?? {};
      const Key = { recoveryId: recoveryId ?? { S: "" }, record: record ?? { S: "" } };
      const { dynamodb } = this.stage;
      if (Item) await dynamodb.send(new PutItemCommand({ TableName: this.recoveriesTable, Item }));
      else await dynamodb.send(new DeleteItemCommand({ TableName: this.recoveriesTable, Key }));
    }
    return changed.sort();
  }

  /** Undoes what a recovery has begun with; answers the names of the records and the keys of the objects. */
  async forget(records: ReadonlyMap<string, Item>, recoveryId: string): Promise<string[]> {
    return [...(await this.putRecordsBack(records)), ...(await this.deleteObjects(recoveryId))].sort();
  }

  /** Deletes what a recovery put into the bucket; answers the keys. */
  async deleteObjects(recoveryId: string): Promise<string[]> {
    const prefix = `recoveries/${recoveryId}/`;
    const { Versions = [] } = await this.stage.s3.send(
      new ListObjectVersionsCommand({ Bucket: this.bucket, Prefix: prefix }),
    );
    for (const { Key, VersionId } of Versions)
      await this.stage.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key, VersionId }));
    return Versions.map(({ Key = "" }) => Key).sort();
  }
}
