import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  type StreamViewType,
} from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import type { FinishedInvocation } from "../../../local/lambda/service.ts";
import { type PocketAws, startPocketAws } from "../../../local/pocket-aws.ts";
import { codeDirectory } from "../../support/lambda-code.ts";

/** Fails its first calls, as the variables say: by throwing, or by reporting the records whose key begins with "bad". */
const HANDLER = `
let calls = 0;
exports.handler = async ({ Records }) => {
  calls += 1;
  if (calls > Number(process.env.FAILURES ?? 0)) return {};
  const bad = Records.filter(({ dynamodb }) => dynamodb.Keys.pk.S.startsWith("bad"));
  if (bad.length === 0) return {};
  if (process.env.HOW === "throw") throw new RangeError("bad record");
  return { batchItemFailures: bad.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })) };
};`;

export const STREAM_ACTIONS = ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"] as const;

/** A pocket AWS with functions that read the streams of tables. */
export class StreamingWorld {
  readonly aws: PocketAws;
  readonly lambda: LambdaClient;
  readonly dynamodb: DynamoDBClient;
  readonly #iam: IAMClient;
  readonly #delivered: { readonly functionName: string; readonly keys: readonly string[] }[] = [];
  #names = 0;

  private constructor(aws: PocketAws) {
    this.aws = aws;
    const config = { ...aws.clientConfig(), maxAttempts: 1 };
    this.lambda = new LambdaClient(config);
    this.dynamodb = new DynamoDBClient(config);
    this.#iam = new IAMClient(config);
    aws.services.lambda.onInvoke(({ functionName, payload }: FinishedInvocation) => {
      const { Records } = payload as { Records: { dynamodb: { Keys: { pk: { S: string } } } }[] };
      this.#delivered.push({ functionName, keys: Records.map(({ dynamodb }) => dynamodb.Keys.pk.S) });
    });
  }

  static async start(): Promise<StreamingWorld> {
    return new StreamingWorld(await startPocketAws());
  }

  async close(): Promise<void> {
    for (const client of [this.lambda, this.dynamodb, this.#iam]) client.destroy();
    await this.aws.close();
  }

  newName(): string {
    this.#names += 1;
    return `name${this.#names}`;
  }

  /** A table with a stream; answers its name and the stream's ARN. */
  async table(StreamViewType: StreamViewType = "NEW_AND_OLD_IMAGES"): Promise<{ name: string; streamArn: string }> {
    const TableName = this.newName();
    await this.dynamodb.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
        StreamSpecification: { StreamEnabled: true, StreamViewType },
      }),
    );
    const { Table } = await this.dynamodb.send(new DescribeTableCommand({ TableName }));
    return { name: TableName, streamArn: Table?.LatestStreamArn ?? "" };
  }

  /** A function with a role of its own that may do these of the stream's actions; answers its name. */
  async function(
    environment: Readonly<Record<string, string>> = {},
    actions: readonly string[] = STREAM_ACTIONS,
  ): Promise<string> {
    const name = this.newName();
    const Principal = { Service: "lambda.amazonaws.com" };
    const trust = { Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] };
    await this.#iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }));
    await this.allow(name, actions);
    this.aws.services.lambda.createFunction({
      name,
      codeDirectory: codeDirectory({ "index.js": HANDLER }),
      handler: "index.handler",
      roleArn: `arn:aws:iam::${this.aws.accountId}:role/${name}`,
      environment,
      timeoutSeconds: 5,
      memoryMb: 128,
    });
    return name;
  }

  /** Lets a function's role do these of the stream's actions, and no others. */
  async allow(RoleName: string, actions: readonly string[]): Promise<void> {
    const policy = { RoleName, PolicyName: "stream" };
    if (actions.length === 0) return void (await this.#iam.send(new DeleteRolePolicyCommand(policy)));
    const statement = { Effect: "Allow", Action: actions.map((action) => `dynamodb:${action}`), Resource: "*" };
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await this.#iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument }));
  }

  async map(
    FunctionName: string,
    EventSourceArn: string,
    rest: Partial<CreateEventSourceMappingCommandInput> = {},
  ): Promise<string> {
    const command = new CreateEventSourceMappingCommand({
      FunctionName,
      EventSourceArn,
      StartingPosition: "TRIM_HORIZON",
      ...rest,
    });
    return (await this.lambda.send(command)).UUID ?? "";
  }

  async describe(UUID: string): Promise<EventSourceMappingConfiguration> {
    return this.lambda.send(new GetEventSourceMappingCommand({ UUID }));
  }

  async put(TableName: string, key: string): Promise<void> {
    await this.dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: key } } }));
  }

  /** Writes one after the other, and waits until what they set off is over. */
  async write(TableName: string, ...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.put(TableName, key);
    await this.idle();
  }

  async remove(TableName: string, key: string): Promise<void> {
    await this.dynamodb.send(new DeleteItemCommand({ TableName, Key: { pk: { S: key } } }));
  }

  async idle(): Promise<void> {
    await this.aws.services.lambda.eventSources.idle();
  }

  /** The keys of each batch that this function was invoked with. */
  batches(functionName: string): readonly (readonly string[])[] {
    return this.#delivered.flatMap((batch) => (batch.functionName === functionName ? [batch.keys] : []));
  }
}
