import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTable, roleArn, startWorld, type World } from "./support.ts";

const TABLE = "orders";
let world: World;
let client: DynamoDBClient;

beforeEach(async () => {
  world = await startWorld();
  await createTable(world, TABLE, {
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
  });
  client = world.clientOf("worker");
});
afterEach(() => world.close());

const key = (sk: string) => ({ pk: { S: "p" }, sk: { S: sk } });
/** An item of exactly so many bytes: 3 for the partition key, 3 for a sort key of one letter, 1 for the name `d`. */
const sized = (sk: string, bytes: number) => ({ ...key(sk), d: { S: "x".repeat(bytes - 7) } });

/** What the worker has been counted for since the last call. */
async function cost(work: () => Promise<unknown>): Promise<{ reads: number; readUnits: number; writeUnits: number }> {
  const now = () =>
    world.service.statistics[TABLE]?.[roleArn("worker")] ?? { reads: 0, writes: 0, readUnits: 0, writeUnits: 0 };
  const before = now();
  await work();
  const after = now();
  return {
    reads: after.reads - before.reads,
    readUnits: after.readUnits - before.readUnits,
    writeUnits: after.writeUnits - before.writeUnits,
  };
}

describe("read units", () => {
  beforeEach(() => world.service.seed(TABLE, [sized("a", 4096), sized("b", 4097), sized("c", 100)]));

  test.each([
    ["a", true, 1],
    ["a", false, 0.5],
    ["b", true, 2],
    ["b", false, 1],
    ["c", true, 1],
    ["missing", true, 1],
    ["missing", false, 0.5],
  ])("of GetItem %s, consistent %s, are %d", async (sk, ConsistentRead, readUnits) => {
    const get = () => client.send(new GetItemCommand({ TableName: TABLE, Key: key(sk), ConsistentRead }));

    expect(await cost(get)).toEqual({ reads: 1, readUnits, writeUnits: 0 });
  });

  test.each([
    [true, 1 + 2 + 1 + 1],
    [false, 0.5 + 1 + 0.5 + 0.5],
  ])("of BatchGetItem are rounded up for each item, consistent %s", async (ConsistentRead, readUnits) => {
    const Keys = ["a", "b", "c", "missing"].map(key);
    const get = () => client.send(new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys, ConsistentRead } } }));

    expect(await cost(get)).toEqual({ reads: 4, readUnits, writeUnits: 0 });
  });

  test.each([
    [true, 3],
    [false, 1.5],
  ])("of Query and Scan are rounded up for the page as a whole, consistent %s", async (ConsistentRead, readUnits) => {
    const values = { ":p": { S: "p" }, ":no": { S: "no" } };
    const query = new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: "pk = :p",
      // What a filter leaves out has been read, and what a projection leaves out as well.
      FilterExpression: "d = :no",
      ProjectionExpression: "sk",
      ExpressionAttributeValues: values,
      ConsistentRead,
    });

    // 4096 + 4097 + 100 bytes are three times 4 KB.
    expect(await cost(() => client.send(query))).toEqual({ reads: 3, readUnits, writeUnits: 0 });
    expect(await cost(() => client.send(new ScanCommand({ TableName: TABLE, ConsistentRead })))).toEqual({
      reads: 3,
      readUnits,
      writeUnits: 0,
    });
  });

  test("of a transaction are double", async () => {
    const TransactItems = ["a", "b"].map((sk) => ({ Get: { TableName: TABLE, Key: key(sk) } }));

    const { readUnits } = await cost(() => client.send(new TransactGetItemsCommand({ TransactItems })));

    expect(readUnits).toBe(2 * (1 + 2));
  });
});

describe("write units", () => {
  const put = (sk: string, bytes: number, condition?: string) =>
    client.send(
      new PutItemCommand({
        TableName: TABLE,
        Item: sized(sk, bytes),
        ...(condition === undefined ? {} : { ConditionExpression: condition }),
      }),
    );
  const refused = (work: Promise<unknown>) => expect(work).rejects.toThrow();

  test("are one for each KB begun, of the larger of what was and what is", async () => {
    expect((await cost(() => put("a", 1024))).writeUnits).toBe(1);
    expect((await cost(() => put("a", 1025))).writeUnits).toBe(2);
    expect((await cost(() => put("a", 3000))).writeUnits).toBe(3);
    expect((await cost(() => put("a", 100))).writeUnits).toBe(3);
  });

  test("of UpdateItem are those of the whole item, however little changes", async () => {
    await put("a", 5000);

    const update = new UpdateItemCommand({
      TableName: TABLE,
      Key: key("a"),
      UpdateExpression: "SET n = :n",
      ExpressionAttributeValues: { ":n": { N: "1" } },
    });

    expect((await cost(() => client.send(update))).writeUnits).toBe(5);
    // Once more, and this time it changes nothing.
    expect((await cost(() => client.send(update))).writeUnits).toBe(5);
  });

  test("of DeleteItem are those of the item that was there, and one if there was none", async () => {
    await put("a", 2500);
    const remove = () => client.send(new DeleteItemCommand({ TableName: TABLE, Key: key("a") }));

    expect((await cost(remove)).writeUnits).toBe(3);
    expect((await cost(remove)).writeUnits).toBe(1);
  });

  test("are owed for a write that fails its condition too", async () => {
    await put("a", 2500);
    const update = new UpdateItemCommand({
      TableName: TABLE,
      Key: key("a"),
      UpdateExpression: "REMOVE d",
      ConditionExpression: "attribute_exists(nothing)",
    });

    expect((await cost(() => refused(client.send(update)))).writeUnits).toBe(3);
    expect((await cost(() => refused(put("a", 100, "attribute_not_exists(pk)")))).writeUnits).toBe(3);
    expect((await cost(() => refused(put("a", 4000, "attribute_not_exists(pk)")))).writeUnits).toBe(4);
    expect((await cost(() => refused(put("b", 4000, "attribute_exists(pk)")))).writeUnits).toBe(4);
  });

  test("of BatchWriteItem are those of its items one by one", async () => {
    const requests = [sized("a", 100), sized("b", 1500)].map((Item) => ({ PutRequest: { Item } }));
    const write = () => client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests } }));

    expect((await cost(write)).writeUnits).toBe(1 + 2);
  });

  test("of a transaction are double, also if it is cancelled", async () => {
    await put("a", 2500);
    const transact = (condition: string) =>
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName: TABLE, Item: sized("b", 1500) } },
            { Delete: { TableName: TABLE, Key: key("a"), ConditionExpression: condition } },
          ],
        }),
      );

    expect((await cost(() => refused(transact("attribute_not_exists(pk)")))).writeUnits).toBe(2 * (2 + 3));
    expect((await cost(() => transact("attribute_exists(pk)"))).writeUnits).toBe(2 * (2 + 3));
  });
});

test("a seed and an expiry cost no units", async () => {
  await world.service.seed(TABLE, [sized("a", 100)]);
  await world.service.expire(TABLE, key("a"));

  expect(world.service.statistics).toEqual({});
});
