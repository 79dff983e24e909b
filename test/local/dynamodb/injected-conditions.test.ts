import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DescribeTableCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { callerNamed, createTable, startWorld, type World } from "./support.ts";

let world: World;

beforeEach(async () => {
  world = await startWorld();
  await createTable(world, "orders");
});
afterEach(() => world.close());

const key = (pk: string) => ({ pk: { S: pk } });
const put = (pk: string) => world.client.send(new PutItemCommand({ TableName: "orders", Item: key(pk) }));
const keys = Array.from({ length: 20 }, (_, index) => key(`k${index}`));

describe("an injected condition", () => {
  test("throttling refuses data requests before they take effect, and no others", async () => {
    world.conditions.throttleRate = 1;

    await expect(put("a")).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
    await expect(world.client.send(new DescribeTableCommand({ TableName: "orders" }))).resolves.toBeDefined();
    expect(world.service.history("orders")).toEqual([]);
  });

  test("throttling at times lets the next attempt through", async () => {
    world.conditions.throttleRate = 0.5;
    const chances = [0.4, 0.6];
    world.conditions.random = () => chances.shift() ?? 1;

    await expect(put("a")).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
    await expect(put("a")).resolves.toBeDefined();
  });

  test("an internal error comes before any effect", async () => {
    world.conditions.internalErrorRate = 1;

    await expect(put("a")).rejects.toMatchObject({ name: "InternalServerError", $metadata: { httpStatusCode: 500 } });
    expect(world.service.history("orders")).toEqual([]);
  });

  test("unprocessed writes come back as they were sent, and only the others are done", async () => {
    world.conditions.unprocessedRate = 0.4;

    const { UnprocessedItems } = await world.client.send(
      new BatchWriteItemCommand({ RequestItems: { orders: keys.map((Item) => ({ PutRequest: { Item } })) } }),
    );

    const left = (UnprocessedItems?.orders ?? []).map((request) => request.PutRequest?.Item?.pk?.S);
    const done = world.service.history("orders").map((entry) => entry.key.pk?.S);
    expect(left.length).toBeGreaterThan(0);
    expect(done.length).toBeGreaterThan(0);
    expect([...left, ...done].sort()).toEqual(keys.map((one) => one.pk.S).sort());
  });

  test("unprocessed keys come back with how they were to be read", async () => {
    await world.service.seed("orders", keys);
    world.conditions.unprocessedRate = 0.4;

    const read = await world.client.send(
      new BatchGetItemCommand({
        RequestItems: { orders: { Keys: keys, ConsistentRead: true, ProjectionExpression: "pk" } },
      }),
    );

    const left = read.UnprocessedKeys?.orders;
    expect(left).toMatchObject({ ConsistentRead: true, ProjectionExpression: "pk" });
    const all = [...(left?.Keys ?? []), ...(read.Responses?.orders ?? [])].map((item) => item.pk?.S);
    expect(all.sort()).toEqual(keys.map((one) => one.pk.S).sort());
    expect(left?.Keys?.length).toBeGreaterThan(0);
  });

  test("a batch of which nothing at all was done is throttled", async () => {
    world.conditions.unprocessedRate = 1;

    const read = world.client.send(new BatchGetItemCommand({ RequestItems: { orders: { Keys: keys } } }));

    await expect(read).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
  });

  test("latency holds every request back", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    world.conditions.latencyMs = 30;
    const answered = vi.fn();

    const listed = world.service
      .handle({
        method: "POST",
        path: "/",
        query: new URLSearchParams(),
        headers: { "x-amz-target": "DynamoDB_20120810.ListTables" },
        body: Buffer.from("{}"),
        caller: callerNamed("root"),
      })
      .then(answered);

    await vi.advanceTimersByTimeAsync(29);
    expect(answered).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await listed;
    expect(answered).toHaveBeenCalledWith(expect.objectContaining({ status: 200 }));
  });
});
