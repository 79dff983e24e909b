import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTable, roleArn, startWorld, tableArn, type World } from "./support.ts";

let world: World;
let app: DynamoDBClient;

beforeAll(async () => {
  world = await startWorld();
  app = world.clientOf("app");
  await createTable(world, "orders", {
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
  await createTable(world, "numbers", { AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "N" }] });
  await createTable(world, "binaries", { AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "B" }] });
});
beforeEach(() => {
  world.authorizer.asked = [];
  world.authorizer.denies = () => false;
});
afterAll(() => world.close());

const key = (pk: string) => ({ pk: { S: pk } });

/** What was asked, shortened: action, what follows the table's ARN, leading keys, enclosing operation. */
function asked() {
  return world.authorizer.asked.map(({ action, resource, context }) => [
    action.replace("dynamodb:", ""),
    resource.replace(/^.*:table\//, ""),
    ...(context?.["dynamodb:LeadingKeys"] === undefined ? [] : [context["dynamodb:LeadingKeys"]]),
    ...(context?.["dynamodb:EnclosingOperation"] === undefined ? [] : [context["dynamodb:EnclosingOperation"]]),
  ]);
}

describe("IAM is asked about", () => {
  test.each<[string, () => Promise<unknown>, unknown]>([
    [
      "a read",
      () => app.send(new GetItemCommand({ TableName: "orders", Key: key("a") })),
      ["GetItem", "orders", ["a"]],
    ],
    [
      "a delete",
      () => app.send(new DeleteItemCommand({ TableName: "orders", Key: key("a") })),
      ["DeleteItem", "orders", ["a"]],
    ],
    [
      "a put with a number as key",
      () => app.send(new PutItemCommand({ TableName: "numbers", Item: { pk: { N: "7.0" } } })),
      ["PutItem", "numbers", ["7"]],
    ],
    [
      "a put with a binary as key",
      () => app.send(new PutItemCommand({ TableName: "binaries", Item: { pk: { B: Uint8Array.of(1, 2) } } })),
      ["PutItem", "binaries", ["AQI="]],
    ],
    [
      "a query by its partition key",
      () =>
        app.send(
          new QueryCommand({
            TableName: "orders",
            KeyConditionExpression: "pk = :p",
            ExpressionAttributeValues: { ":p": { S: "a" } },
          }),
        ),
      ["Query", "orders", ["a"]],
    ],
    [
      "a query on an index by the index",
      () =>
        app.send(
          new QueryCommand({
            TableName: "orders",
            IndexName: "by-g",
            KeyConditionExpression: "g = :p",
            ExpressionAttributeValues: { ":p": { S: "x" } },
          }),
        ),
      ["Query", "orders/index/by-g", ["x"]],
    ],
    ["a scan without any key", () => app.send(new ScanCommand({ TableName: "orders" })), ["Scan", "orders"]],
    ["a description", () => app.send(new DescribeTableCommand({ TableName: "orders" })), ["DescribeTable", "orders"]],
    ["the list of tables", () => app.send(new ListTablesCommand({})), ["ListTables", "*"]],
    [
      "a batch of reads with all its keys",
      () => app.send(new BatchGetItemCommand({ RequestItems: { orders: { Keys: [key("a"), key("b")] } } })),
      ["BatchGetItem", "orders", ["a", "b"]],
    ],
    [
      "a batch of writes with all its keys",
      () =>
        app.send(
          new BatchWriteItemCommand({
            RequestItems: { orders: [{ PutRequest: { Item: key("a") } }, { DeleteRequest: { Key: key("b") } }] },
          }),
        ),
      ["BatchWriteItem", "orders", ["a", "b"]],
    ],
  ])("%s", async (_what, send, expected) => {
    await send();

    expect(asked()).toContainEqual(expected);
    expect(new Set(asked().map(String)).size).toBe(1);
  });

  test("a transaction item by item, as what each item does", async () => {
    await app.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: "orders", Item: key("t-put") } },
          {
            Update: {
              TableName: "orders",
              Key: key("t-update"),
              UpdateExpression: "SET a = :a",
              ExpressionAttributeValues: { ":a": { N: "1" } },
            },
          },
          { Delete: { TableName: "orders", Key: key("t-delete") } },
          {
            ConditionCheck: {
              TableName: "orders",
              Key: key("t-check"),
              ConditionExpression: "attribute_not_exists(pk)",
            },
          },
        ],
      }),
    );
    await app.send(
      new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: "orders", Key: key("t-put") } }] }),
    );

    expect(asked()).toEqual([
      ["PutItem", "orders", ["t-put"], "TransactWriteItems"],
      ["UpdateItem", "orders", ["t-update"], "TransactWriteItems"],
      ["DeleteItem", "orders", ["t-delete"], "TransactWriteItems"],
      ["ConditionCheckItem", "orders", ["t-check"], "TransactWriteItems"],
      ["GetItem", "orders", ["t-put"], "TransactGetItems"],
    ]);
  });

  test.each([
    [`INSERT INTO "orders" VALUE {'pk': 'x'}`, "PartiQLInsert"],
    [`UPDATE "orders" SET a = 1 WHERE pk = 'x'`, "PartiQLUpdate"],
    [`delete from orders where pk = 'x'`, "PartiQLDelete"],
    [`SELECT * FROM "orders" WHERE pk = 'x'`, "PartiQLSelect"],
  ])("the PartiQL statement %s, which is then not run", async (Statement, action) => {
    const sent = app.send(new ExecuteStatementCommand({ Statement }));

    await expect(sent).rejects.toMatchObject({ name: "NotInPocketAws", message: expect.stringContaining("PartiQL") });
    expect(asked()).toEqual([[action, "orders"]]);
  });
});

describe("what is denied", () => {
  const update = () =>
    new UpdateItemCommand({
      TableName: "orders",
      Key: key("probe"),
      UpdateExpression: "SET a = :a",
      ConditionExpression: "a = :never",
      ExpressionAttributeValues: { ":a": { N: "1" }, ":never": { S: "never" } },
    });

  test("is denied before the condition is looked at, and fails the condition when allowed", async () => {
    await expect(app.send(update())).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
    world.authorizer.denies = ({ caller }) => caller.principalArn === roleArn("app");

    await expect(app.send(update())).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(world.client.send(update())).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
  });

  test("leaves the whole of a batch or transaction undone", async () => {
    world.authorizer.denies = ({ context }) => [context?.["dynamodb:LeadingKeys"] ?? []].flat().includes("tenant-2");
    const items = [key("tenant-1"), key("tenant-2")];

    const batch = app.send(
      new BatchWriteItemCommand({ RequestItems: { orders: items.map((Item) => ({ PutRequest: { Item } })) } }),
    );
    const transaction = app.send(
      new TransactWriteItemsCommand({ TransactItems: items.map((Item) => ({ Put: { TableName: "orders", Item } })) }),
    );

    await expect(batch).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(transaction).rejects.toMatchObject({ name: "AccessDeniedException" });
    const { Item } = await app.send(new GetItemCommand({ TableName: "orders", Key: key("tenant-1") }));
    expect(Item).toBeUndefined();
  });

  test("does not tell whether the table exists", async () => {
    world.authorizer.denies = () => true;

    for (const TableName of ["orders", "nowhere"])
      await expect(app.send(new GetItemCommand({ TableName, Key: key("a") }))).rejects.toMatchObject({
        name: "AccessDeniedException",
      });
    expect(world.authorizer.asked[1]?.resource).toBe(tableArn("nowhere"));
  });
});
