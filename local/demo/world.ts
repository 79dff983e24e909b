/** Sets the stage on a pocket AWS: Backstitch deployed, and somebody's application with its table and role beside it. */
import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  paginateScan,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import pMap from "p-map";
import type { PocketAws } from "../pocket-aws.ts";
import { Application, type ApplicationOptions, FLAG_PARAMETER } from "./application.ts";
import { CHANGE_LOG_GROUP, CHANGE_LOG_STREAM, ChangeLog } from "./change-log.ts";
import { type Item, keyTextOf, newOrder, ORDERS_TABLE, type OrderKey, type Random, tenantName } from "./orders.ts";
import type { Truth } from "./truth.ts";

const APPLICATION_ROLE = "orders-app";
const OPERATOR_ROLE = "on-call";

export interface Roles {
  readonly applicationRoleArn: string;
  readonly operatorRoleArn: string;
}

export interface Stage extends Roles {
  readonly keys: readonly OrderKey[];
}

/** The user's side: their table, their flag, their application's role, and the on-call engineer's. */
export async function setStage(aws: PocketAws, items: number, random: Random, truth: Truth): Promise<Stage> {
  const roles = await makeRoles(aws);
  await makeTable(aws);
  return { keys: await fillTable(aws, items, random, truth), ...roles };
}

/** The application's role and the on-call engineer's, the flag that the application checks, and its change log. */
export async function makeRoles(aws: PocketAws): Promise<Roles> {
  const ssm = new SSMClient(aws.clientConfig());
  const tableArn = `arn:aws:dynamodb:${aws.region}:${aws.accountId}:table/${ORDERS_TABLE}`;
  const applicationRoleArn = await makeRole(aws, APPLICATION_ROLE, "lambda.amazonaws.com", [
    statement(
      ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:BatchWriteItem"],
      tableArn,
    ),
    statement(["ssm:GetParameter"], `arn:aws:ssm:${aws.region}:${aws.accountId}:parameter${FLAG_PARAMETER}`),
    statement(["logs:PutLogEvents"], `arn:aws:logs:${aws.region}:${aws.accountId}:log-group:${CHANGE_LOG_GROUP}:*`),
  ]);
  // What the runbook asks for the on-call engineer: start, watch, answer. No right to write to the table.
  const operatorRoleArn = await makeRole(aws, OPERATOR_ROLE, "ec2.amazonaws.com", [
    statement(
      [
        "states:StartExecution",
        "states:DescribeExecution",
        "states:GetExecutionHistory",
        "states:ListMapRuns",
        "states:DescribeMapRun",
        "states:RedriveExecution",
      ],
      "*",
    ),
    statement(
      ["lambda:InvokeFunction"],
      `arn:aws:lambda:${aws.region}:${aws.accountId}:function:backstitch-answer-recovery`,
    ),
    statement(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::*"),
  ]);
  await ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Type: "String", Value: "none" }));
  const logs = new CloudWatchLogsClient(aws.clientConfig());
  await logs.send(new CreateLogGroupCommand({ logGroupName: CHANGE_LOG_GROUP }));
  await logs.send(new CreateLogStreamCommand({ logGroupName: CHANGE_LOG_GROUP, logStreamName: CHANGE_LOG_STREAM }));
  return { applicationRoleArn, operatorRoleArn };
}

/** The application at its work, under its own role. */
export function applicationOf(
  aws: PocketAws,
  roleArn: string,
  options: Pick<ApplicationOptions, "truth" | "keys" | "random">,
): Application {
  const config = aws.clientConfig(aws.asRole(roleArn));
  return new Application({
    dynamodb: new DynamoDBClient({ ...config, maxAttempts: 6 }),
    ssm: new SSMClient(config),
    log: new ChangeLog(new CloudWatchLogsClient({ ...config, maxAttempts: 10 })),
    ...options,
  });
}

/** An output of the deployed stack. */
export function output(outputs: Readonly<Record<string, string>>, name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new Error(`The deployed stack has no output ${name}.`);
  return value;
}

function statement(Action: readonly string[], Resource: string) {
  return { Effect: "Allow", Action, Resource };
}

async function makeRole(
  aws: PocketAws,
  name: string,
  service: string,
  statements: readonly unknown[],
): Promise<string> {
  const iam = new IAMClient(aws.clientConfig());
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: "own",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
    }),
  );
  if (!Role?.Arn) throw new Error(`IAM made no role ${name}.`);
  return Role.Arn;
}

/** "A single call to BatchWriteItem can … consist of up to 25 put requests" (API_BatchWriteItem). */
const BATCH = 25;

/** The table `orders`, empty, with point-in-time recovery and a time to live. */
export async function makeTable(aws: PocketAws): Promise<void> {
  const dynamodb = new DynamoDBClient({ ...aws.clientConfig(), maxAttempts: 10 });
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
  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName: ORDERS_TABLE,
      TimeToLiveSpecification: { Enabled: true, AttributeName: "expiresAt" },
    }),
  );
}

async function fillTable(aws: PocketAws, items: number, random: Random, truth: Truth): Promise<OrderKey[]> {
  const dynamodb = new DynamoDBClient({ ...aws.clientConfig(), maxAttempts: 10 });
  const tenants = Math.max(10, Math.round(items / 80));
  const keys = Array.from({ length: items }, (_, index) => ({
    tenant: tenantName(1 + (index % tenants)),
    order: String(index + 1).padStart(7, "0"),
  }));
  const orders = keys.map((key) => {
    const item = newOrder(key, random);
    truth.seeded(key, item);
    return item;
  });
  const batches = Array.from({ length: Math.ceil(items / BATCH) }, (_, index) =>
    orders.slice(index * BATCH, (index + 1) * BATCH),
  );
  await pMap(batches, (batch) => putAll(dynamodb, batch), { concurrency: 8 });
  return keys;
}

async function putAll(dynamodb: DynamoDBClient, batch: readonly Item[]): Promise<void> {
  let requests = batch.map((Item) => ({ PutRequest: { Item } }));
  while (requests.length > 0) {
    const { UnprocessedItems } = await dynamodb.send(
      new BatchWriteItemCommand({ RequestItems: { [ORDERS_TABLE]: requests } }),
    );
    requests = (UnprocessedItems?.[ORDERS_TABLE] ?? []).flatMap(({ PutRequest }) =>
      PutRequest?.Item ? [{ PutRequest: { Item: PutRequest.Item } }] : [],
    );
  }
}

/** The whole live table, read by the demo for itself. */
export async function readTable(aws: PocketAws): Promise<Map<string, Item>> {
  const client = new DynamoDBClient({ ...aws.clientConfig(), maxAttempts: 10 });
  const live = new Map<string, Item>();
  for await (const page of paginateScan({ client }, { TableName: ORDERS_TABLE, ConsistentRead: true }))
    for (const item of page.Items ?? []) live.set(keyTextOf(item), item);
  return live;
}
