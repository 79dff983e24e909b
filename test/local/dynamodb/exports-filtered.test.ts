import { CreateTableCommand, type FilterSpecification, UpdateContinuousBackupsCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ExportWorld, type Item } from "./export-world.ts";

const TABLE = "tenants";
let world: ExportWorld;

/** `<tenant>/<sort key>` of the lines of an export with this filter. */
async function exported(FilterSpecification: FilterSpecification | undefined): Promise<string[]> {
  const { ExportArn } = await world.startExport(5, 25, {
    TableArn: world.tableArn(TABLE),
    ...(FilterSpecification === undefined ? {} : { FilterSpecification }),
  });
  const lines = (await world.linesOf(await world.ended(ExportArn))) as {
    Keys: { pk: { S: string }; sk: { N: string } };
  }[];
  return lines.map(({ Keys }) => `${Keys.pk.S}/${Keys.sk.N}`).sort();
}

const item = (pk: string, sk: number, state: string): Item => ({
  pk: { S: pk },
  sk: { N: String(sk) },
  state: { S: state },
});
const seed = (...items: Item[]) => world.aws.services.dynamodb.seed(TABLE, items);

beforeEach(async () => {
  world = await ExportWorld.start();
  await world.dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await world.dynamodb.send(
    new UpdateContinuousBackupsCommand({
      TableName: TABLE,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  await seed(item("a", 1, "good"), item("a", 2, "good"), item("a", 10, "good"), item("b", 1, "good"));
  world.moveTo(10);
  await seed(item("a", 1, "bad"), item("a", 2, "good again"), item("a", 10, "bad"), item("b", 1, "bad"));
  await world.aws.services.dynamodb.expire(TABLE, { pk: { S: "a" }, sk: { N: "10" } });
  await seed(item("a", 20, "bad"));
  await world.aws.services.dynamodb.expire(TABLE, { pk: { S: "a" }, sk: { N: "20" } });
  world.moveTo(30);
});
afterEach(() => world.close());

test("an export without a filter has all changes", async () => {
  expect(await exported(undefined)).toEqual(["a/1", "a/10", "a/2", "b/1"]);
});

test("a key condition narrows an export to one partition, and to a range of its sort keys", async () => {
  const ofTenant = { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": { S: "a" } } };
  const inRange = {
    KeyConditionExpression: "#p = :pk AND sk BETWEEN :from AND :to",
    ExpressionAttributeNames: { "#p": "pk" },
    ExpressionAttributeValues: { ":pk": { S: "a" }, ":from": { N: "2" }, ":to": { N: "9" } },
  };

  expect(await exported(ofTenant)).toEqual(["a/1", "a/10", "a/2"]);
  expect(await exported(inRange)).toEqual(["a/2"]);
});

test("a filter is tested against the latest image, and against the old one of a deleted item", async () => {
  const state = (value: string): FilterSpecification => ({
    FilterExpression: "#s = :state",
    ExpressionAttributeNames: { "#s": "state" },
    ExpressionAttributeValues: { ":state": { S: value } },
  });

  expect(await exported(state("bad"))).toEqual(["a/1", "b/1"]);
  expect(await exported(state("good"))).toEqual(["a/10"]);
});

test("a filter may use keys where there is no key condition, and not where there is one", async () => {
  const values = { ":pk": { S: "a" }, ":one": { N: "1" } };
  const filter = {
    FilterExpression: "pk = :pk AND sk IN (:one, :two)",
    ExpressionAttributeValues: { ...values, ":two": { N: "2" } },
  };
  const both = { KeyConditionExpression: "pk = :pk", FilterExpression: "sk = :one", ExpressionAttributeValues: values };

  expect(await exported(filter)).toEqual(["a/1", "a/2"]);
  await expect(exported(both)).rejects.toMatchObject({ name: "ValidationException" });
});

test("what a key condition leaves out is not billed, what a filter leaves out is", async () => {
  const big = "x".repeat(300_000);
  world.moveTo(40);
  await seed(...Array.from({ length: 50 }, (_, index) => item(index < 40 ? "a" : "b", 100 + index, big)));
  world.moveTo(70);
  const window = { ExportFromTime: world.at(35), ExportToTime: world.at(65) };
  const billed = async (FilterSpecification: FilterSpecification) => {
    const extra = { TableArn: world.tableArn(TABLE), IncrementalExportSpecification: window, FilterSpecification };
    return (await world.ended((await world.startExport(0, 0, extra)).ExportArn)).BilledSizeBytes;
  };

  const ofA = await billed({
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: "a" } },
  });
  const ofB = await billed({ FilterExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": { S: "b" } } });

  expect(Math.round((ofA ?? 0) / 300_000)).toBe(40);
  expect(Math.round((ofB ?? 0) / 300_000)).toBe(50);
  expect(world.aws.services.dynamodb.billedBytes[TABLE]?.exported).toBe((ofA ?? 0) + (ofB ?? 0));
});

test.each([
  ["without the partition key", { KeyConditionExpression: "sk = :n", ExpressionAttributeValues: { ":n": { N: "1" } } }],
  [
    "on an attribute that is no key",
    { KeyConditionExpression: "pk = :s AND state = :s", ExpressionAttributeValues: { ":s": { S: "a" } } },
  ],
  ["with neither condition nor filter", { ExpressionAttributeNames: { "#s": "state" } }],
  [
    "with a filter over 4 KB",
    { FilterExpression: `pk = :s ${"OR pk = :s ".repeat(400)}`, ExpressionAttributeValues: { ":s": { S: "a" } } },
  ],
])("a filter is refused %s", async (_what, filter) => {
  await expect(exported(filter)).rejects.toMatchObject({ name: "ValidationException" });
});
