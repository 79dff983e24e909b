import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeExportCommand,
  DynamoDBClient,
  type ExportDescription,
  ExportTableToPointInTimeCommand,
  type ExportTableToPointInTimeCommandInput,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { Conditions } from "../../../local/conditions.ts";
import { type PocketAws, startPocketAws } from "../../../local/pocket-aws.ts";
import type { PolicyStatement } from "../../../local/service.ts";
import { policy, trustOf } from "../iam/policies.ts";

export const TABLE = "orders";
export const BUCKET = "exports";
export const START_MS = Date.UTC(2026, 10, 20, 2, 0, 0);
const MINUTE_MS = 60_000;

export type Item = Record<string, AttributeValue>;
/** A line of an incremental export as it stands in the file. */
export interface Line {
  readonly Metadata: { readonly WriteTimestampMicros: string | { readonly N: string } };
  readonly Keys: { readonly pk: { readonly S: string } };
  readonly OldImage?: Record<string, unknown>;
  readonly NewImage?: Record<string, unknown>;
}
export interface ManifestFile {
  readonly itemCount: number;
  readonly md5Checksum: string;
  readonly etag: string;
  readonly dataFileS3Key: string;
}

/** A pocket AWS with a table under point-in-time recovery and a bucket, on a clock that the test moves. */
export class ExportWorld {
  readonly aws: PocketAws;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly #time: { nowMs: number };

  private constructor(aws: PocketAws, time: { nowMs: number }) {
    this.aws = aws;
    this.#time = time;
    this.dynamodb = new DynamoDBClient({ ...aws.clientConfig(), maxAttempts: 1 });
    this.s3 = new S3Client({ ...aws.clientConfig(), maxAttempts: 1 });
  }

  static async start(conditions: Partial<Conditions> = {}): Promise<ExportWorld> {
    const time = { nowMs: START_MS };
    const aws = await startPocketAws({ conditions: { exportMs: 0, ...conditions }, now: () => time.nowMs });
    const world = new ExportWorld(aws, time);
    await world.createTable(TABLE);
    await world.dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName: TABLE,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    await world.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    return world;
  }

  async createTable(TableName: string): Promise<void> {
    await this.dynamodb.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
  }

  tableArn(name = TABLE): string {
    return `arn:aws:dynamodb:${this.aws.region}:${this.aws.accountId}:table/${name}`;
  }

  get nowMs(): number {
    return this.#time.nowMs;
  }

  /** So many minutes after the story's beginning. */
  at(minutes: number, ms = 0): Date {
    return new Date(START_MS + minutes * MINUTE_MS + ms);
  }

  moveTo(minutes: number, ms = 0): void {
    this.#time.nowMs = this.at(minutes, ms).getTime();
  }

  async put(item: Item): Promise<void> {
    await this.dynamodb.send(new PutItemCommand({ TableName: TABLE, Item: item }));
  }

  async remove(pk: string): Promise<void> {
    await this.dynamodb.send(new DeleteItemCommand({ TableName: TABLE, Key: { pk: { S: pk } } }));
  }

  /** Keys of a new role that may do what these statements say. */
  async clientOfRole(RoleName: string, ...statements: PolicyStatement[]): Promise<DynamoDBClient> {
    const iam = new IAMClient(this.aws.clientConfig());
    const AssumeRolePolicyDocument = trustOf({ Service: "lambda.amazonaws.com" });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const PolicyDocument = JSON.stringify(policy(...statements));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "work", PolicyDocument }));
    iam.destroy();
    return new DynamoDBClient({
      ...this.aws.clientConfig(this.aws.asRole(Role?.Arn ?? "")),
      maxAttempts: 1,
    });
  }

  /** Starts an incremental export between two minutes of the story. */
  async startExport(
    fromMinutes: number,
    toMinutes: number,
    extra: Partial<ExportTableToPointInTimeCommandInput> = {},
    client = this.dynamodb,
  ): Promise<ExportDescription> {
    const { ExportDescription: description = {} } = await client.send(
      new ExportTableToPointInTimeCommand({
        TableArn: this.tableArn(),
        S3Bucket: BUCKET,
        S3Prefix: "run-1",
        ExportType: "INCREMENTAL_EXPORT",
        IncrementalExportSpecification: { ExportFromTime: this.at(fromMinutes), ExportToTime: this.at(toMinutes) },
        ...extra,
      }),
    );
    return description;
  }

  async describe(ExportArn: string | undefined, client = this.dynamodb): Promise<ExportDescription> {
    const { ExportDescription: description = {} } = await client.send(new DescribeExportCommand({ ExportArn }));
    return description;
  }

  /** Asks until the export has ended: its files are written in real time. */
  async ended(ExportArn: string | undefined): Promise<ExportDescription> {
    for (;;) {
      const description = await this.describe(ExportArn);
      if (description.ExportStatus !== "IN_PROGRESS") return description;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The lines of a whole export by partition key, read by way of its manifests. */
  async export(
    fromMinutes: number,
    toMinutes: number,
    extra: Partial<ExportTableToPointInTimeCommandInput> = {},
  ): Promise<Map<string, Line>> {
    const description = await this.ended((await this.startExport(fromMinutes, toMinutes, extra)).ExportArn);
    const lines = (await this.linesOf(description)) as Line[];
    const byKey = new Map(lines.map((line) => [line.Keys.pk.S, line]));
    if (byKey.size !== lines.length) throw new Error("A key stands in two lines.");
    return byKey;
  }

  async linesOf(description: ExportDescription): Promise<unknown[]> {
    const lines: unknown[] = [];
    for (const file of await this.filesOf(description)) {
      const body = await this.object(file.dataFileS3Key);
      if (createHash("md5").update(body).digest("base64") !== file.md5Checksum)
        throw new Error("The MD5 does not fit.");
      const found = gunzipSync(body).toString("utf8").split("\n").slice(0, -1);
      if (found.length !== file.itemCount) throw new Error("The item count does not fit.");
      lines.push(...found.map((line) => JSON.parse(line) as unknown));
    }
    return lines;
  }

  async filesOf({ ExportManifest = "" }: ExportDescription): Promise<ManifestFile[]> {
    const summary = JSON.parse((await this.object(ExportManifest)).toString()) as { manifestFilesS3Key: string };
    const text = (await this.object(summary.manifestFilesS3Key)).toString();
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as ManifestFile);
  }

  async object(Key: string): Promise<Buffer> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async keys(): Promise<string[]> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    return Contents.map((object) => object.Key ?? "");
  }

  async close(): Promise<void> {
    this.dynamodb.destroy();
    this.s3.destroy();
    await this.aws.close();
    if (this.aws.faults > 0) throw new Error(`The pocket AWS had ${this.aws.faults} faults.`);
  }
}
