/** A pocket AWS with our own template deployed and the sample's protected table beside it: the stage of every scenario. */

import { setTimeout as sleep } from "node:timers/promises";
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  paginateScan,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  type ExecutionStatus,
  type HistoryEvent,
  paginateGetExecutionHistory,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { StackSource } from "../../local/cloudformation/deploy.ts";
import { deployOrdersAudit } from "../../local/demo/orders-audit.ts";
import { type PocketAws, type PocketAwsOptions, startPocketAws } from "../../local/pocket-aws.ts";
import { recordUsage } from "./authorization-usage.ts";

export type Item = Record<string, AttributeValue>;

/** As backstitch.config.ts names them. */
export const ORDERS_TABLE = "orders";
const FLAG_PARAMETER = "/orders/read-only";
const APPLICATION_ROLE = "orders-app";

const POLL_MS = 20;
/** Long beyond anything a story takes: an execution that has not ended by then never ends. */
const GIVE_UP_MS = Number(process.env.GIVE_UP_MS ?? 90_000);

export class DeployedPocketAws {
  readonly aws: PocketAws;
  readonly outputs: Readonly<Record<string, string>>;
  readonly applicationRoleArn: string;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly sfn: SFNClient;
  readonly lambda: LambdaClient;

  constructor(aws: PocketAws, outputs: Readonly<Record<string, string>>, applicationRoleArn: string) {
    this.aws = aws;
    this.outputs = outputs;
    this.applicationRoleArn = applicationRoleArn;
    this.dynamodb = new DynamoDBClient(aws.clientConfig());
    this.s3 = new S3Client(aws.clientConfig());
    this.sfn = new SFNClient(aws.clientConfig());
    this.lambda = new LambdaClient(aws.clientConfig());
  }

  /** DynamoDB as the application sees it: under its own role, one attempt a call. */
  asApplication(): DynamoDBClient {
    return new DynamoDBClient({
      ...this.aws.clientConfig(this.aws.asRole(this.applicationRoleArn, "application")),
      maxAttempts: 1,
    });
  }

  async startRecovery(name: string, request: object): Promise<string> {
    const { executionArn = "" } = await this.sfn.send(
      new StartExecutionCommand({
        stateMachineArn: this.outputs.StateMachineArn,
        name,
        input: JSON.stringify(request),
      }),
    );
    return executionArn;
  }

  async redrive(executionArn: string): Promise<void> {
    await this.sfn.send(new RedriveExecutionCommand({ executionArn }));
  }

  /** Waits for the end of an execution; any end but a wanted one is an error that shows its cause. */
  async waitForStatus(
    executionArn: string,
    ...wanted: readonly ExecutionStatus[]
  ): Promise<DescribeExecutionCommandOutput> {
    const deadline = Date.now() + GIVE_UP_MS;
    for (;;) {
      const execution = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status && wanted.includes(execution.status)) return execution;
      if (execution.status !== "RUNNING")
        throw new Error(`${executionArn} ended ${execution.status}: ${execution.error} ${execution.cause}`);
      if (Date.now() > deadline)
        throw new Error(`${executionArn} does not end: it is in ${(await this.stateNames(executionArn)).at(-1)}`);
      await sleep(POLL_MS);
    }
  }

  /** Waits until the execution has entered a state so many times; an end before that is an error that shows its cause. */
  async waitForState(executionArn: string, stateName: string, times = 1): Promise<void> {
    for (;;) {
      const execution = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
      const entered = (await this.stateNames(executionArn)).filter((name) => name === stateName);
      if (entered.length >= times) return;
      if (execution.status !== "RUNNING")
        throw new Error(
          `${executionArn} ended ${execution.status} before ${stateName}: ${execution.error} ${execution.cause}`,
        );
      await sleep(POLL_MS);
    }
  }

  async history(executionArn: string): Promise<HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    for await (const page of paginateGetExecutionHistory({ client: this.sfn }, { executionArn, maxResults: 1000 }))
      events.push(...(page.events ?? []));
    return events;
  }

  /** Names of the states that were entered, in order. */
  async stateNames(executionArn: string): Promise<string[]> {
    const events = await this.history(executionArn);
    return events.flatMap(({ stateEnteredEventDetails: entered }) => (entered?.name ? [entered.name] : []));
  }

  /** An object of the recovery bucket, such as `recoveries/<id>/report.md`. */
  async readText(key: string): Promise<string> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.outputs.RecoveryBucketName, Key: key }));
    return (await Body?.transformToString()) ?? "";
  }

  /** A JSON object of the recovery bucket, such as `recoveries/<id>/report.json`. */
  async readJson<Content>(key: string): Promise<Content> {
    return JSON.parse(await this.readText(key)) as Content;
  }

  async readReport<Report>(recoveryId: string): Promise<Report> {
    return this.readJson<Report>(`recoveries/${recoveryId}/report.json`);
  }

  /** Calls one of our functions by name, as the operator; a function error is thrown with its type. */
  async call<Answer>(functionName: string, payload: object): Promise<Answer> {
    const { FunctionError, Payload } = await this.lambda.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) }),
    );
    const text = Buffer.from(Payload ?? []).toString("utf8");
    if (FunctionError) throw new Error(`${functionName}: ${text}`);
    return JSON.parse(text) as Answer;
  }

  async answer<Answer>(answer: object): Promise<Answer> {
    return this.call<Answer>(this.outputs.AnswerRecoveryFunctionName ?? "", answer);
  }

  /** The whole table, keyed by `pk/sk`. */
  async tableContent(tableName = ORDERS_TABLE): Promise<Map<string, Item>> {
    const items = new Map<string, Item>();
    for await (const page of paginateScan({ client: this.dynamodb }, { TableName: tableName, ConsistentRead: true }))
      for (const item of page.Items ?? []) items.set(`${item.pk?.S}/${item.sk?.S}`, item);
    return items;
  }

  async close(): Promise<void> {
    recordUsage(this.aws, process.env.SCENARIO_FILE);
    for (const client of [this.dynamodb, this.s3, this.sfn, this.lambda]) client.destroy();
    await this.aws.close();
  }
}

export interface StageOptions extends PocketAwsOptions {
  /** The kit's AuditLog writes down what changes in `orders`. */
  readonly auditLog?: boolean;
  /** Another app than this repository's own. */
  readonly source?: () => Promise<StackSource>;
}

/** Starts and deploys: once a test file. The table `orders` is there, empty, with point-in-time recovery on. */
export async function startDeployedPocketAws({
  auditLog = false,
  source,
  ...options
}: StageOptions = {}): Promise<DeployedPocketAws> {
  const aws = await startPocketAws(options);
  try {
    const applicationRoleArn = await setUpApplication(aws);
    const outputs = await aws.deployApp(source);
    if (auditLog) await deployOrdersAudit(aws);
    return new DeployedPocketAws(aws, outputs, applicationRoleArn);
  } catch (error) {
    await aws.close();
    throw error;
  }
}

async function setUpApplication(aws: PocketAws): Promise<string> {
  const dynamodb = new DynamoDBClient(aws.clientConfig());
  const iam = new IAMClient(aws.clientConfig());
  const ssm = new SSMClient(aws.clientConfig());
  await dynamodb.send(
    new CreateTableCommand({
      TableName: ORDERS_TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  await dynamodb.send(
    new UpdateContinuousBackupsCommand({
      TableName: ORDERS_TABLE,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  await ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Type: "String", Value: "none" }));
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: APPLICATION_ROLE,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: APPLICATION_ROLE,
      PolicyName: "orders",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "dynamodb:*",
            Resource: `arn:aws:dynamodb:${aws.region}:${aws.accountId}:table/${ORDERS_TABLE}`,
          },
        ],
      }),
    }),
  );
  for (const client of [dynamodb, iam, ssm]) client.destroy();
  return Role?.Arn ?? "";
}
