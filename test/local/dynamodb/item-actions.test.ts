import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTable, startWorld, type World } from "./support.ts";

let world: World;
const TABLE = "orders";

beforeAll(async () => {
  world = await startWorld();
  await createTable(world, TABLE, {
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "status", AttributeType: "S" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "by-status",
        KeySchema: [{ AttributeName: "status", KeyType: "HASH" }],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
  await createTable(world, "events", {
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "N" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
  });
});
afterAll(() => world.close());

type Image = Record<string, AttributeValue>;

function put(Item: Image, table = TABLE) {
  return world.client.send(new PutItemCommand({ TableName: table, Item }));
}

async function get(pk: string): Promise<Image | undefined> {
  const { Item } = await world.client.send(
    new GetItemCommand({ TableName: TABLE, Key: { pk: { S: pk } }, ConsistentRead: true }),
  );
  return Item;
}

describe("an item", () => {
  test("comes back as it was written, whatever its types", async () => {
    const item: Image = {
      pk: { S: "all-types" },
      n: { N: "12345678901234567890123456789012345678" },
      small: { N: "-0.00000000000000000000000000000000000001" },
      b: { B: Uint8Array.of(0, 255, 1) },
      emptyText: { S: "" },
      emptyBytes: { B: new Uint8Array() },
      yes: { BOOL: true },
      no: { BOOL: false },
      nil: { NULL: true },
      ss: { SS: ["b", "a"] },
      ns: { NS: ["2", "1.5"] },
      bs: { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
      l: { L: [{ S: "x" }, { L: [] }, { M: {} }] },
      m: { M: { deep: { M: { deeper: { L: [{ N: "1" }] } } }, constructor: { S: "own" } } },
      "ünïcode.name": { S: "✓" },
    };

    await put(item);

    expect(await get("all-types")).toEqual(item);
  });

  test("is written only while its condition holds, and shows itself when it does not", async () => {
    await put({ pk: { S: "guarded" }, map: { M: { a: { N: "1" } } }, v: { N: "1" } });
    const update = (map: AttributeValue) =>
      world.client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: { pk: { S: "guarded" } },
          UpdateExpression: "SET v = v + :one",
          ConditionExpression: "#m = :m",
          ExpressionAttributeNames: { "#m": "map" },
          ExpressionAttributeValues: { ":one": { N: "1" }, ":m": map },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          ReturnValues: "UPDATED_NEW",
        }),
      );

    const updated = await update({ M: { a: { N: "1.0" } } });

    expect(updated.Attributes).toEqual({ v: { N: "2" } });
    await expect(update({ M: { a: { N: "2" } } })).rejects.toMatchObject({
      name: "ConditionalCheckFailedException",
      message: "The conditional request failed",
      Item: { pk: { S: "guarded" }, map: { M: { a: { N: "1" } } }, v: { N: "2" } },
    });
    expect((await get("guarded"))?.v).toEqual({ N: "2" });
  });

  test("shows nothing of itself when nobody asked", async () => {
    await put({ pk: { S: "silent" } });

    const refused = world.client.send(
      new DeleteItemCommand({
        TableName: TABLE,
        Key: { pk: { S: "silent" } },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );

    await expect(refused).rejects.toSatisfy((error: object) => !("Item" in error) || error.Item === undefined);
  });

  test("counts exactly to 100 when a hundred increment it at the same time", async () => {
    await put({ pk: { S: "counter" }, n: { N: "0" } });
    const increment = () =>
      world.client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: { pk: { S: "counter" } },
          UpdateExpression: "SET n = n + :one",
          ConditionExpression: "attribute_exists(pk) AND n < :limit",
          ExpressionAttributeValues: { ":one": { N: "1" }, ":limit": { N: "100" } },
        }),
      );

    const outcomes = await Promise.allSettled(Array.from({ length: 103 }, increment));

    expect(outcomes.filter((outcome) => outcome.status === "rejected")).toHaveLength(3);
    expect((await get("counter"))?.n).toEqual({ N: "100" });
    const values = world.service.history(TABLE).filter((entry) => entry.key.pk?.S === "counter");
    expect(values.map((entry) => entry.image?.n?.N)).toEqual(Array.from({ length: 101 }, (_, index) => `${index}`));
  });

  test("lets exactly one of many writers pass that all saw the same version", async () => {
    await put({ pk: { S: "version" }, v: { N: "1" } });
    const writes = Array.from({ length: 20 }, (_, index) =>
      world.client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: { pk: { S: "version" } },
          UpdateExpression: "SET v = v + :one, winner = :me",
          ConditionExpression: "v = :seen",
          ExpressionAttributeValues: { ":one": { N: "1" }, ":seen": { N: "1" }, ":me": { N: `${index}` } },
        }),
      ),
    );

    const outcomes = await Promise.allSettled(writes);

    const winner = outcomes.findIndex((outcome) => outcome.status === "fulfilled");
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    expect(await get("version")).toEqual({ pk: { S: "version" }, v: { N: "2" }, winner: { N: `${winner}` } });
  });

  test("is created exactly once by ten who put it if it is not there", async () => {
    const puts = Array.from({ length: 10 }, (_, index) =>
      world.client.send(
        new PutItemCommand({
          TableName: TABLE,
          Item: { pk: { S: "once" }, by: { N: `${index}` } },
          ConditionExpression: "attribute_not_exists(pk)",
        }),
      ),
    );

    const outcomes = await Promise.allSettled(puts);

    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
  });
});

describe("ReturnValues", () => {
  test.each([
    ["ALL_OLD", { pk: { S: "rv" }, a: { N: "1" }, b: { N: "2" } }],
    ["ALL_NEW", { pk: { S: "rv" }, a: { N: "5" }, c: { N: "7" } }],
    ["UPDATED_OLD", { a: { N: "1" }, b: { N: "2" } }],
    ["UPDATED_NEW", { a: { N: "5" }, c: { N: "7" } }],
    ["NONE", undefined],
  ] as const)("%s of an update", async (ReturnValues, expected) => {
    await put({ pk: { S: "rv" }, a: { N: "1" }, b: { N: "2" } });

    const { Attributes } = await world.client.send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key: { pk: { S: "rv" } },
        UpdateExpression: "SET a = :a, c = :c REMOVE b",
        ExpressionAttributeValues: { ":a": { N: "5" }, ":c": { N: "7" } },
        ReturnValues,
      }),
    );

    expect(Attributes).toEqual(expected);
  });

  test("ALL_OLD of a delete is the item, and of a delete of nothing it is nothing", async () => {
    await put({ pk: { S: "gone" }, a: { N: "1" } });
    const remove = () =>
      world.client.send(
        new DeleteItemCommand({ TableName: TABLE, Key: { pk: { S: "gone" } }, ReturnValues: "ALL_OLD" }),
      );

    expect((await remove()).Attributes).toEqual({ pk: { S: "gone" }, a: { N: "1" } });
    expect((await remove()).Attributes).toBeUndefined();
  });
});

describe("what AWS refuses", () => {
  test.each<[string, Image, RegExp]>([
    ["a missing key", { a: { S: "x" } }, /Missing the key pk in the item/],
    ["a key of a wrong type", { pk: { N: "1" } }, /Type mismatch for key pk expected: S actual: N/],
    ["an empty key", { pk: { S: "" } }, /key attribute cannot contain an empty string value. Key: pk/],
    ["an index key of a wrong type", { pk: { S: "x" }, status: { N: "1" } }, /Type mismatch for Index Key status/],
    ["an empty index key", { pk: { S: "x" }, status: { S: "" } }, /empty string value. IndexName: by-status/],
    ["39 digits", { pk: { S: "x" }, n: { N: "123456789012345678901234567890123456789" } }, /more than 38 significant/],
    ["an empty set", { pk: { S: "x" }, s: { SS: [] } }, /string set {2}may not be empty/],
    ["401 KB", { pk: { S: "x" }, big: { S: "x".repeat(401 * 1024) } }, /Item size has exceeded the maximum allowed/],
    ["401 KB in two-byte characters", { pk: { S: "x" }, big: { S: "é".repeat(201 * 1024) } }, /Item size has exceeded/],
  ])("a put with %s", async (_what, item, message) => {
    await expect(put(item)).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(message),
    });
  });

  test.each<[string, string, Record<string, AttributeValue> | undefined, RegExp]>([
    [
      "of a key attribute",
      "SET pk = :v",
      { ":v": { S: "y" } },
      /Cannot update attribute pk. This attribute is part of the key/,
    ],
    ["of an index key to a wrong type", "SET #s = :v", { ":v": { N: "1" } }, /Type mismatch for Index Key status/],
    [
      "of an index key from an attribute of a wrong type",
      "SET #s = n",
      undefined,
      /Type mismatch for Index Key status/,
    ],
    ["of an index key to nothing", "SET #s = :v", { ":v": { S: "" } }, /empty string value. IndexName: by-status/],
    [
      "that makes the item too big",
      "SET big = :v",
      { ":v": { S: "x".repeat(400 * 1024) } },
      /Item size to update has exceeded/,
    ],
    [
      "with a path that leads nowhere",
      "SET absent.deep = :v",
      { ":v": { N: "1" } },
      /document path provided in the update/,
    ],
    ["from an attribute that is not there", "SET a = absent", undefined, /attribute that does not exist in the item/],
    ["that adds a number to text", "SET a = word + :v", { ":v": { N: "1" } }, /incorrect data type/],
  ])("an update %s", async (_what, UpdateExpression, values, message) => {
    await put({ pk: { S: "u" }, n: { N: "1" }, word: { S: "w" } });

    const refused = world.client.send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key: { pk: { S: "u" } },
        UpdateExpression,
        ...(UpdateExpression.includes("#s") ? { ExpressionAttributeNames: { "#s": "status" } } : {}),
        ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
      }),
    );

    await expect(refused).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(message),
    });
    expect(await get("u")).toEqual({ pk: { S: "u" }, n: { N: "1" }, word: { S: "w" } });
  });

  test("an update expression of more than 4 KB", async () => {
    const refused = world.client.send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key: { pk: { S: "u" } },
        UpdateExpression: `SET a = :v${" ".repeat(4096)}`,
        ExpressionAttributeValues: { ":v": { N: "1" } },
      }),
    );

    await expect(refused).rejects.toThrow(/Invalid UpdateExpression: Expression size has exceeded/);
  });

  test("a table that does not exist", async () => {
    await expect(put({ pk: { S: "x" } }, "nowhere")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("what the pocket AWS does not know, by name", async () => {
    const legacy = world.client.send(
      new PutItemCommand({ TableName: TABLE, Item: { pk: { S: "x" } }, Expected: { pk: { Exists: false } } }),
    );

    await expect(legacy).rejects.toMatchObject({
      name: "NotInPocketAws",
      message: "The pocket AWS does not know the member Expected of PutItem.",
    });
  });
});

describe("a query or scan", () => {
  beforeAll(async () => {
    const items = Array.from({ length: 60 }, (_, index) => ({
      pk: { S: `p${index % 3}` },
      sk: { N: `${index}` },
      tags: { L: [{ N: `${index % 2}` }] },
    }));
    await world.service.seed("events", items);
  });

  test("filters lists by equality and counts what it read", async () => {
    const found = await world.client.send(
      new QueryCommand({
        TableName: "events",
        KeyConditionExpression: "pk = :p AND sk BETWEEN :low AND :high",
        FilterExpression: "tags = :t",
        ProjectionExpression: "sk",
        ExpressionAttributeValues: {
          ":p": { S: "p1" },
          ":low": { N: "10" },
          ":high": { N: "40" },
          ":t": { L: [{ N: "1.0" }] },
        },
      }),
    );

    expect(found.Items).toEqual([
      { sk: { N: "13" } },
      { sk: { N: "19" } },
      { sk: { N: "25" } },
      { sk: { N: "31" } },
      { sk: { N: "37" } },
    ]);
    expect(found.ScannedCount).toBe(11);
  });

  test("pages to the end without a gap, in parallel segments too", async () => {
    const scanned: (string | undefined)[] = [];
    for (const Segment of [0, 1, 2]) {
      let start: Image | undefined;
      do {
        const page = await world.client.send(
          new ScanCommand({ TableName: "events", Limit: 7, Segment, TotalSegments: 3, ExclusiveStartKey: start }),
        );
        scanned.push(...(page.Items ?? []).map((item) => item.sk?.N));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
    }

    expect(scanned.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index));
  });

  test("reads an index", async () => {
    await put({ pk: { S: "indexed" }, status: { S: "lost" } });

    const found = await world.client.send(
      new QueryCommand({
        TableName: TABLE,
        IndexName: "by-status",
        KeyConditionExpression: "#s = :s",
        ExpressionAttributeNames: { "#s": "status" },
        ExpressionAttributeValues: { ":s": { S: "lost" } },
      }),
    );

    expect(found.Items).toEqual([{ pk: { S: "indexed" }, status: { S: "lost" } }]);
  });
});

describe("a batch", () => {
  test("writes, deletes and reads many items", async () => {
    await put({ pk: { S: "b-old" } });

    const written = await world.client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [TABLE]: [
            { PutRequest: { Item: { pk: { S: "b1" }, n: { N: "1" } } } },
            { PutRequest: { Item: { pk: { S: "b2" }, n: { N: "2" } } } },
            { DeleteRequest: { Key: { pk: { S: "b-old" } } } },
          ],
        },
      }),
    );
    const read = await world.client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [TABLE]: {
            Keys: ["b1", "b2", "b-old"].map((pk) => ({ pk: { S: pk } })),
            ConsistentRead: true,
            ProjectionExpression: "n",
          },
        },
      }),
    );

    expect(written.UnprocessedItems).toEqual({});
    expect(read.Responses?.[TABLE]).toEqual([{ n: { N: "1" } }, { n: { N: "2" } }]);
    expect(read.UnprocessedKeys).toEqual({});
  });

  test("refuses a key that is in it twice, and writes nothing", async () => {
    const twice = world.client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [TABLE]: [
            { PutRequest: { Item: { pk: { S: "twice" } } } },
            { DeleteRequest: { Key: { pk: { S: "twice" } } } },
          ],
        },
      }),
    );

    await expect(twice).rejects.toThrow(/contains duplicates/);
    expect(await get("twice")).toBeUndefined();
  });
});

describe("the journal", () => {
  test("has every effective write with its writer, and none that changed nothing", async () => {
    const app = world.clientOf("app");
    const write = (n: string) =>
      app.send(new PutItemCommand({ TableName: TABLE, Item: { pk: { S: "journalled" }, n: { N: n } } }));

    await write("1");
    await write("1.0");
    await write("2");
    await app.send(new DeleteItemCommand({ TableName: TABLE, Key: { pk: { S: "journalled" } } }));
    await app.send(new DeleteItemCommand({ TableName: TABLE, Key: { pk: { S: "journalled" } } }));

    const entries = world.service.history(TABLE).filter((entry) => entry.key.pk?.S === "journalled");
    expect(entries.map(({ image, principalArn }) => [image?.n?.N, principalArn.split("/").at(-1)])).toEqual([
      ["1", "app"],
      ["2", "app"],
      [undefined, "app"],
    ]);
  });

  test("an expiry is the service's own write", async () => {
    await put({ pk: { S: "ttl" } });

    await world.service.expire(TABLE, { pk: { S: "ttl" } });

    expect(await get("ttl")).toBeUndefined();
    expect(world.service.history(TABLE).at(-1)).toMatchObject({
      key: { pk: { S: "ttl" } },
      image: undefined,
      principalArn: "dynamodb.amazonaws.com",
    });
  });

  test("statistics tell who read and wrote how much", async () => {
    const reader = world.clientOf("reader");
    await put({ pk: { S: "five-kb" }, text: { S: "x".repeat(5000) } });

    await reader.send(new GetItemCommand({ TableName: TABLE, Key: { pk: { S: "five-kb" } } }));
    await reader.send(new PutItemCommand({ TableName: TABLE, Item: { pk: { S: "five-kb" } } }));
    await put({ pk: { S: "five-kb" }, text: { S: "x".repeat(5000) } });
    const failed = reader.send(
      new DeleteItemCommand({
        TableName: TABLE,
        Key: { pk: { S: "five-kb" } },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
    await expect(failed).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });

    expect(world.service.statistics[TABLE]?.["arn:aws:iam::111122223333:role/reader"]).toEqual({
      reads: 1,
      readUnits: 1,
      writes: 2,
      writeUnits: 10,
    });
  });
});
