import {
  CreateBackupCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Item } from "../../../local/dynamodb/attribute-value.ts";
import { createTable, roleArn, startWorld, type World } from "./support.ts";

const TABLE = "orders";
const START_MS = Date.UTC(2026, 10, 20, 2, 0, 0);
let world: World;
let nowMs: number;

beforeEach(async () => {
  nowMs = START_MS;
  world = await startWorld({}, { now: () => nowMs });
  await createTable(world, TABLE);
});
afterEach(() => world.close());

const key = (pk: string) => ({ pk: { S: pk } });
const item = (pk: string, n: number) => ({ ...key(pk), n: { N: String(n) } });
const put = (pk: string, n: number) =>
  world.clientOf("writer").send(new PutItemCommand({ TableName: TABLE, Item: item(pk, n) }));
const stateAt = (ms: number) =>
  [...world.service.stateAt(TABLE, ms)].toSorted((a, b) => String(a.pk?.S).localeCompare(String(b.pk?.S)));

describe("the past of a table", () => {
  test("can be asked item by item, and as a whole, for any millisecond", async () => {
    await put("a", 1);
    nowMs += 1;
    await put("a", 2);
    await put("b", 1);
    nowMs += 1;
    await world.client.send(new DeleteItemCommand({ TableName: TABLE, Key: key("a") }));

    const ofA = [-1, 0, 1, 2, 1000].map((ms) => world.service.imageAt(TABLE, key("a"), START_MS + ms));

    expect(ofA).toEqual([undefined, item("a", 1), item("a", 2), undefined, undefined]);
    expect([-1, 0, 1, 2].map((ms) => stateAt(START_MS + ms))).toEqual([
      [],
      [item("a", 1)],
      [item("a", 2), item("b", 1)],
      [item("b", 1)],
    ]);
  });

  test("tells every write of one item, in order, and who made it", async () => {
    await put("a", 1);
    await put("b", 1);
    nowMs += 10;
    await world.clientOf("bug").send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key: key("a"),
        UpdateExpression: "SET n = :n",
        ExpressionAttributeValues: { ":n": { N: "666" } },
      }),
    );

    expect(world.service.historyOf(TABLE, key("a"))).toMatchObject([
      { atMs: START_MS, image: item("a", 1), principalArn: roleArn("writer") },
      { atMs: START_MS + 10, image: item("a", 666), principalArn: roleArn("bug") },
    ]);
  });

  test("is there for a table of more items than a page", async () => {
    const items = Array.from({ length: 1201 }, (_, index) => item(`k${index}`, index));
    await world.service.seed(TABLE, items);
    nowMs += 1;
    await world.service.seed(
      TABLE,
      items.map((one) => ({ ...one, n: { N: "0" } })),
    );

    const [before, now] = [stateAt(START_MS), stateAt(nowMs)];

    expect(before).toHaveLength(1201);
    expect(before.reduce((sum, one) => sum + Number(one.n?.N), 0)).toBe((1200 * 1201) / 2);
    expect(now.every((one) => one.n?.N === "0")).toBe(true);
  });
});

describe("a seed", () => {
  const get = async (pk: string) =>
    (await world.client.send(new GetItemCommand({ TableName: TABLE, Key: key(pk) }))).Item;

  test("may write a key more than once: each is a write of its own", async () => {
    await world.service.seed(TABLE, [item("a", 1), item("b", 1), item("a", 2), item("a", 2)]);

    expect(world.service.history(TABLE).map((entry) => entry.image)).toEqual([
      item("a", 1),
      item("b", 1),
      item("a", 2),
    ]);
    expect(await get("a")).toEqual(item("a", 2));
  });

  test("takes binary as the SDK has it", async () => {
    const bytes = new Uint8Array([0, 255, 10]);
    const nested = { ...key("a"), m: { M: { l: { L: [{ B: bytes }] } } }, set: { BS: [bytes] } };

    await world.service.seed(TABLE, [nested]);

    expect(await get("a")).toEqual(nested);
    expect(world.service.imageAt(TABLE, key("a"), nowMs)?.set).toEqual({ BS: ["AP8K"] });
  });

  test("keeps indexes, counts and sizes right, also where it overwrites", async () => {
    await createTable(world, "indexed", {
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "g", AttributeType: "S" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-g",
          KeySchema: [{ AttributeName: "g", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    });
    const grouped = (pk: string, g: string): Item => ({ ...key(pk), g: { S: g } });
    const inGroup = async (g: string) => {
      const query = new QueryCommand({
        TableName: "indexed",
        IndexName: "by-g",
        KeyConditionExpression: "g = :g",
        ExpressionAttributeValues: { ":g": { S: g } },
      });
      return (await world.client.send(query)).Count;
    };
    await world.service.seed("indexed", [grouped("a", "old"), grouped("b", "old")]);

    await world.service.seed("indexed", [grouped("a", "new")]);

    expect([await inGroup("old"), await inGroup("new")]).toEqual([1, 1]);
    nowMs += 6 * 3600 * 1000;
    const { Table } = await world.client.send(new DescribeTableCommand({ TableName: "indexed" }));
    // "pk", one letter, "g", and three letters, twice.
    expect(Table).toMatchObject({ ItemCount: 2, TableSizeBytes: 2 * (2 + 1 + 1 + 3) });
  });

  test("refuses an item that is no item of the table", async () => {
    await expect(world.service.seed(TABLE, [{ other: { S: "a" } }])).rejects.toMatchObject({
      name: "ValidationException",
    });
  });
});

test("the size of a table follows updates and deletions", async () => {
  await put("a", 1);
  await put("b", 12345);
  await world.client.send(new DeleteItemCommand({ TableName: TABLE, Key: key("a") }));

  const { BackupDetails } = await world.client.send(new CreateBackupCommand({ TableName: TABLE, BackupName: "now" }));

  // "pk" and "b", "n" and five digits.
  expect(BackupDetails?.BackupSizeBytes).toBe(2 + 1 + 1 + 4);
});
