import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeKinesisStreamingDestinationCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
  TagResourceCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTable, startWorld, tableArn, type World } from "./support.ts";

let world: World;
const NOW_MS = Date.UTC(2026, 10, 20, 2, 0, 0);

beforeEach(async () => {
  world = await startWorld({}, { now: () => NOW_MS });
});
afterEach(() => world.close());

const describeTable = async (TableName: string) =>
  (await world.client.send(new DescribeTableCommand({ TableName }))).Table;
const update = (input: Partial<UpdateTableCommandInput>) =>
  world.client.send(new UpdateTableCommand({ TableName: "orders", ...input }));

describe("a table", () => {
  test("is described with all that it was made with", async () => {
    await createTable(world, "orders", {
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      SSESpecification: { Enabled: true, SSEType: "KMS", KMSMasterKeyId: "arn:aws:kms:eu-west-1:111122223333:key/k" },
      TableClass: "STANDARD_INFREQUENT_ACCESS",
      DeletionProtectionEnabled: true,
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      Tags: [{ Key: "team", Value: "orders" }],
    });

    expect(await describeTable("orders")).toMatchObject({
      TableName: "orders",
      TableArn: tableArn("orders"),
      TableStatus: "ACTIVE",
      CreationDateTime: new Date(NOW_MS),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
      SSEDescription: { Status: "ENABLED", SSEType: "KMS" },
      TableClassSummary: { TableClass: "STANDARD_INFREQUENT_ACCESS" },
      DeletionProtectionEnabled: true,
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      LatestStreamArn: expect.stringContaining(`${tableArn("orders")}/stream/2026-11-20T02:00:00`),
    });
    const { Tags } = await world.client.send(new ListTagsOfResourceCommand({ ResourceArn: tableArn("orders") }));
    expect(Tags).toEqual([{ Key: "team", Value: "orders" }]);
  });

  test("made anew has nothing of its predecessor", async () => {
    await createTable(world, "orders");
    await world.client.send(new PutItemCommand({ TableName: "orders", Item: { pk: { S: "old" } } }));
    await expect(createTable(world, "orders")).rejects.toMatchObject({ name: "ResourceInUseException" });

    await world.client.send(new DeleteTableCommand({ TableName: "orders" }));
    await expect(describeTable("orders")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await createTable(world, "orders");

    const { Items } = await world.client.send(new ScanCommand({ TableName: "orders" }));
    expect(Items).toEqual([]);
    expect(world.service.history("orders")).toEqual([]);
  });

  test("that is protected cannot be deleted until it no longer is", async () => {
    await createTable(world, "orders", { DeletionProtectionEnabled: true });
    const remove = () => world.client.send(new DeleteTableCommand({ TableName: "orders" }));
    await expect(remove()).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("protected against deletion"),
    });

    await update({ DeletionProtectionEnabled: false });

    await expect(remove()).resolves.toBeDefined();
  });

  test("gets and loses a stream", async () => {
    await createTable(world, "orders");

    await update({ StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" } });
    expect((await describeTable("orders"))?.StreamSpecification?.StreamViewType).toBe("KEYS_ONLY");
    await update({ StreamSpecification: { StreamEnabled: false } });

    expect((await describeTable("orders"))?.StreamSpecification).toBeUndefined();
  });

  test("has time to live, tags and streaming destinations set", async () => {
    await createTable(world, "orders");
    await world.client.send(
      new UpdateTimeToLiveCommand({
        TableName: "orders",
        TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
      }),
    );
    await world.client.send(
      new TagResourceCommand({ ResourceArn: tableArn("orders"), Tags: [{ Key: "a", Value: "1" }] }),
    );
    world.service.setKinesisDestinations("orders", ["arn:aws:kinesis:eu-west-1:111122223333:stream/s"]);

    const ttl = await world.client.send(new DescribeTimeToLiveCommand({ TableName: "orders" }));
    const tags = await world.client.send(new ListTagsOfResourceCommand({ ResourceArn: tableArn("orders") }));
    const streams = await world.client.send(new DescribeKinesisStreamingDestinationCommand({ TableName: "orders" }));

    expect(ttl.TimeToLiveDescription).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expires" });
    expect(tags.Tags).toEqual([{ Key: "a", Value: "1" }]);
    expect(streams.KinesisDataStreamDestinations?.map((one) => one.StreamArn)).toEqual([
      "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
    ]);
  });

  test("is listed, page by page", async () => {
    for (const name of ["ccc", "aaa", "bbb"]) await createTable(world, name);

    const first = await world.client.send(new ListTablesCommand({ Limit: 2 }));
    const rest = await world.client.send(
      new ListTablesCommand({ ExclusiveStartTableName: first.LastEvaluatedTableName }),
    );

    expect([first.TableNames, rest.TableNames]).toEqual([["aaa", "bbb"], ["ccc"]]);
    expect(rest.LastEvaluatedTableName).toBeUndefined();
  });
});

describe("what the pocket AWS does not know is an error that names it", () => {
  test("an update of anything but stream and deletion protection", async () => {
    await createTable(world, "orders");

    await expect(update({ TableClass: "STANDARD" })).rejects.toMatchObject({
      name: "NotInPocketAws",
      message: "The pocket AWS does not know the member TableClass of UpdateTable.",
    });
  });

  test("a member deep inside", async () => {
    const index = { IndexName: "by-pk", KeySchema: [{ AttributeName: "pk", KeyType: "HASH" as const }] };

    const made = createTable(world, "orders", {
      GlobalSecondaryIndexes: [
        { ...index, Projection: { ProjectionType: "ALL" }, WarmThroughput: { ReadUnitsPerSecond: 1 } },
      ],
    });

    await expect(made).rejects.toThrow("the member GlobalSecondaryIndexes.0.WarmThroughput of CreateTable");
  });

  test("a whole action", async () => {
    const { DescribeLimitsCommand } = await import("@aws-sdk/client-dynamodb");

    await expect(world.client.send(new DescribeLimitsCommand({}))).rejects.toThrow(
      "The pocket AWS does not know the DynamoDB action DescribeLimits.",
    );
  });
});

test.each([
  ["a name with a blank", { TableName: "my orders" }, /TableName/],
  [
    "a key that is not defined",
    { KeySchema: [{ AttributeName: "id", KeyType: "HASH" as const }] },
    /not defined in AttributeDefinitions/,
  ],
])("%s is refused", async (_what, extra, message) => {
  const made = world.client.send(
    new CreateTableCommand({
      TableName: "orders",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
      ...extra,
    }),
  );

  await expect(made).rejects.toMatchObject({ name: "ValidationException", message: expect.stringMatching(message) });
});
