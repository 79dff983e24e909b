import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  PutItemCommand,
  type StreamViewType,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callerNamed, createTable, startWorld, tableArn, type World } from "../support.ts";

const TableName = "orders";
const READER = callerNamed("reader");

let world: World;
let nowMs: number;
beforeEach(async () => {
  nowMs = Date.parse("2026-11-20T02:20:00.500Z");
  world = await startWorld({}, { now: () => nowMs });
});
afterEach(() => world.close());

async function streaming(view: StreamViewType = "NEW_AND_OLD_IMAGES"): Promise<string> {
  await createTable(world, TableName, { StreamSpecification: { StreamEnabled: true, StreamViewType: view } });
  return latestArn();
}

async function latestArn(): Promise<string> {
  const { Table } = await world.client.send(new DescribeTableCommand({ TableName }));
  return Table?.LatestStreamArn ?? "";
}

const put = (pk: string, rest = {}) =>
  world.client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, ...rest } }));
const remove = (pk: string) => world.client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pk } } }));
const records = (arn: string, after = 0, limit = 100) => world.service.streams.read(arn, { after, limit }, READER);

describe("a record", () => {
  test("tells an insert, a change and a removal with both images", async () => {
    const arn = await streaming();
    const Key = { pk: { S: "a" } };

    await put("a", { n: { N: "1" }, bin: { B: new Uint8Array([1, 2, 3]) } });
    await world.client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: "SET n = n + n REMOVE bin" }));
    await remove("a");

    const [insert, modify, removal] = records(arn);
    const [first, second] = [
      { ...Key, n: { N: "1" }, bin: { B: "AQID" } },
      { ...Key, n: { N: "2" } },
    ];
    expect(insert).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: "INSERT",
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: "eu-west-1",
      eventSourceARN: arn,
      dynamodb: {
        ApproximateCreationDateTime: Date.parse("2026-11-20T02:20:00Z") / 1000,
        Keys: Key,
        NewImage: first,
        SequenceNumber: expect.stringMatching(/^\d{21}$/),
        SizeBytes: 15,
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
    });
    expect(modify).toMatchObject({ eventName: "MODIFY", dynamodb: { Keys: Key, OldImage: first, NewImage: second } });
    expect(removal).toMatchObject({ eventName: "REMOVE", dynamodb: { Keys: Key, OldImage: second } });
    expect(removal?.dynamodb).not.toHaveProperty("NewImage");
    expect(removal).not.toHaveProperty("userIdentity");
    const numbers = [insert, modify, removal].map((record) => record?.dynamodb.SequenceNumber ?? "");
    expect([...numbers].sort()).toEqual(numbers);
  });

  test.each([
    ["KEYS_ONLY", []],
    ["NEW_IMAGE", ["NewImage"]],
    ["OLD_IMAGE", ["OldImage"]],
    ["NEW_AND_OLD_IMAGES", ["NewImage", "OldImage"]],
  ] as const)("of %s holds the keys and %j", async (view, images) => {
    const arn = await streaming(view);
    await put("a");
    await put("a", { n: { N: "1" } });

    const { dynamodb } = records(arn)[1] ?? {};

    expect(Object.keys(dynamodb ?? {}).filter((name) => name.endsWith("Image"))).toEqual(images);
    expect(dynamodb?.StreamViewType).toBe(view);
  });

  test("of an item that time to live deleted names the service", async () => {
    const arn = await streaming();
    await put("a");
    await world.service.expire(TableName, { pk: { S: "a" } });

    expect(records(arn)[1]).toMatchObject({
      eventName: "REMOVE",
      userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" },
    });
  });

  test("is not made of a write that changes nothing", async () => {
    const arn = await streaming();
    await put("a", { n: { N: "1" } });

    await put("a", { n: { N: "1.0" } });
    await remove("never there");

    expect(records(arn)).toHaveLength(1);
  });

  test("is made of every way to write, in the order of each key's writes", async () => {
    const arn = await streaming();
    const Put = (pk: string, n: string) => ({ Item: { pk: { S: pk }, n: { N: n } } });

    await world.client.send(
      new BatchWriteItemCommand({
        RequestItems: { [TableName]: [{ PutRequest: Put("a", "1") }, { PutRequest: Put("b", "1") }] },
      }),
    );
    await world.client.send(
      new TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName, ...Put("a", "2") } }, { Delete: { TableName, Key: { pk: { S: "b" } } } }],
      }),
    );
    await world.service.seed(TableName, [Put("a", "3").Item]);

    const told = records(arn).map(({ eventName, dynamodb }) => `${dynamodb.Keys.pk?.S} ${eventName}`);
    expect(told.filter((text) => text.startsWith("a"))).toEqual(["a INSERT", "a MODIFY", "a MODIFY"]);
    expect(told.filter((text) => text.startsWith("b"))).toEqual(["b INSERT", "b REMOVE"]);
    expect(records(arn).at(-1)?.dynamodb).toMatchObject({ OldImage: { n: { N: "2" } }, NewImage: { n: { N: "3" } } });
  });
});

describe("a reader", () => {
  test("goes on after the record that it has read, and may begin at the end", async () => {
    const arn = await streaming();
    for (const pk of ["a", "b", "c"]) await put(pk);
    const { streams } = world.service;
    const latest = streams.position(arn, "LATEST", READER);

    const [first] = records(arn, streams.position(arn, "TRIM_HORIZON", READER), 1);
    const rest = first === undefined ? [] : records(arn, streams.after(first));
    await put("d");

    expect([first, ...rest].map((record) => record?.dynamodb.Keys.pk?.S)).toEqual(["a", "b", "c"]);
    expect(records(arn, latest).map(({ dynamodb }) => dynamodb.Keys.pk?.S)).toEqual(["d"]);
  });

  test("is told of the writes to its table only", async () => {
    const arn = await streaming();
    await createTable(world, "other");
    let told = 0;
    const unsubscribe = world.service.streams.subscribe(arn, () => {
      told += 1;
    });

    await put("a");
    await world.client.send(new PutItemCommand({ TableName: "other", Item: { pk: { S: "a" } } }));
    unsubscribe();
    await put("b");

    expect(told).toBe(1);
  });

  test("asks for each permission that DynamoDB Streams asks for", async () => {
    const arn = await streaming();
    world.authorizer.asked = [];

    world.service.streams.position(arn, "LATEST", READER);
    const asked = world.authorizer.asked.map(({ action, resource }) => `${action} ${resource}`);

    expect(asked).toEqual([
      "dynamodb:ListStreams *",
      `dynamodb:DescribeStream ${arn}`,
      `dynamodb:GetShardIterator ${arn}`,
      `dynamodb:GetRecords ${arn}`,
    ]);
    world.authorizer.denies = ({ action }) => action === "dynamodb:GetRecords";
    expect(() => records(arn)).toThrow(/not authorized to perform: dynamodb:GetRecords/);
  });
});

describe("a stream", () => {
  test("holds what was written while it was on, and another one begins when it is switched on again", async () => {
    await createTable(world, TableName);
    const set = (view?: StreamViewType) =>
      world.client.send(
        new UpdateTableCommand({
          TableName,
          StreamSpecification: { StreamEnabled: view !== undefined, StreamViewType: view },
        }),
      );
    await put("before");
    await set("KEYS_ONLY");
    const first = await latestArn();
    await put("first");
    await set();
    await put("between");
    await set("NEW_IMAGE");
    const second = await latestArn();
    await put("second");

    const keys = (arn: string) =>
      records(arn, world.service.streams.position(arn, "TRIM_HORIZON", READER)).map(
        ({ dynamodb }) => dynamodb.Keys.pk?.S,
      );

    expect(first).not.toBe(second);
    expect(keys(first)).toEqual(["first"]);
    expect(keys(second)).toEqual(["second"]);
  });

  test("needs a view, and can't be switched on twice", async () => {
    await createTable(world, TableName);
    const set = (StreamSpecification: { StreamEnabled: boolean; StreamViewType?: StreamViewType }) =>
      world.client.send(new UpdateTableCommand({ TableName, StreamSpecification }));

    await expect(set({ StreamEnabled: true })).rejects.toMatchObject({ name: "ValidationException" });
    await set({ StreamEnabled: true, StreamViewType: "KEYS_ONLY" });
    await expect(set({ StreamEnabled: true, StreamViewType: "KEYS_ONLY" })).rejects.toMatchObject({
      name: "ResourceInUseException",
    });
  });

  test("is gone with its table, also when another one of the name comes", async () => {
    const arn = await streaming();
    await put("a");
    await world.client.send(new DeleteTableCommand({ TableName }));
    nowMs += 1;
    const other = await streaming();

    expect(() => records(arn)).toThrow(/not found/);
    expect(records(other)).toEqual([]);
    expect(() => records(`${tableArn("none")}/stream/1`)).toThrow(/not found/);
  });
});
