import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { LambdaClient, ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { App, Duration, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, type ITable, StreamViewType, Table } from "aws-cdk-lib/aws-dynamodb";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction, Runtime, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { DynamoEventSource, type DynamoEventSourceProps } from "aws-cdk-lib/aws-lambda-event-sources";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PocketAws, startPocketAws } from "../../../local/pocket-aws.ts";
import { codeDirectory } from "../../support/lambda-code.ts";

let aws: PocketAws;
beforeAll(async () => {
  aws = await startPocketAws();
});
afterAll(async () => {
  expect(aws.faults).toBe(0);
  await aws.close();
});

/** A stack as an application has it: a table whose stream is read by a function, with the permissions that CDK grants. */
function reading(stackName: string, props: Partial<DynamoEventSourceProps> = {}) {
  const outdir = codeDirectory({});
  const code = codeDirectory({ "index.js": "exports.handler = async ({ Records }) => Records.length;" });
  const stack = new Stack(new App({ outdir, analyticsReporting: false }), stackName);
  const table = new Table(stack, "Orders", {
    tableName: `${stackName}-orders`,
    partitionKey: { name: "pk", type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
  });
  const reader = new LambdaFunction(stack, "Reader", {
    functionName: `${stackName}-reader`,
    runtime: new Runtime("nodejs24.x"),
    handler: "index.handler",
    code: Code.fromAsset(code),
    role: new Role(stack, "ReaderRole", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") }),
  });
  reader.addEventSource(
    // CDK's own table lacks what ITable has, as exactOptionalPropertyTypes sees it.
    new DynamoEventSource(table as ITable, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 10,
      ...props,
    }),
  );
  const { template } = (stack.node.root as App).synth().getStackByName(stackName);
  return { template, assetsDirectory: outdir, stackName };
}

test("a stack's function gets every write of a stack's table, by the permissions that CDK grants", async () => {
  const { physicalIds } = await aws.deploy(reading("Reading", { reportBatchItemFailures: true, retryAttempts: 3 }));
  const [dynamodb, lambda] = [new DynamoDBClient(aws.clientConfig()), new LambdaClient(aws.clientConfig())];
  const invocations: unknown[] = [];
  aws.services.lambda.onInvoke(({ payload }) => invocations.push(payload));

  await dynamodb.send(new PutItemCommand({ TableName: "Reading-orders", Item: { pk: { S: "a" } } }));
  await aws.services.lambda.eventSources.idle();
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: "Reading-reader" }),
  );

  expect(invocations).toMatchObject([
    { Records: [{ eventName: "INSERT", dynamodb: { Keys: { pk: { S: "a" } }, NewImage: { pk: { S: "a" } } } }] },
  ]);
  expect(EventSourceMappings).toMatchObject([
    { State: "Enabled", BatchSize: 10, MaximumRetryAttempts: 3, LastProcessingResult: "OK" },
  ]);
  expect([...physicalIds.values()]).toContain(EventSourceMappings[0]?.UUID);
});

test.each([
  ["a filter", { filters: [{ pattern: "{}" }] }, /FilterCriteria of Reader/],
  ["the age of records", { maxRecordAge: Duration.hours(1) }, /MaximumRecordAgeInSeconds/],
  ["several batches at once", { parallelizationFactor: 2 }, /ParallelizationFactor/],
] as const)("%s in a template is refused by name", async (what, props, message) => {
  await expect(aws.deploy(reading(what.replaceAll(" ", "-"), props as object))).rejects.toThrow(message);
});
