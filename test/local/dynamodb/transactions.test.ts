import {
  type AttributeValue,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTable, startWorld, type World } from "./support.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await createTable(world, "accounts");
});
afterAll(() => world.close());

const key = (pk: string) => ({ pk: { S: pk } });

function transact(TransactItems: TransactWriteItem[], ClientRequestToken?: string) {
  return world.client.send(
    new TransactWriteItemsCommand({
      TransactItems,
      ...(ClientRequestToken === undefined ? {} : { ClientRequestToken }),
    }),
  );
}

async function balance(pk: string): Promise<string | undefined> {
  const { Item } = await world.client.send(new GetItemCommand({ TableName: "accounts", Key: key(pk) }));
  return Item?.balance?.N;
}

async function open(pk: string, N: string): Promise<void> {
  await world.client.send(new PutItemCommand({ TableName: "accounts", Item: { ...key(pk), balance: { N } } }));
}

function change(pk: string, amount: string, guard?: string): TransactWriteItem {
  const values: Record<string, AttributeValue> = { ":amount": { N: amount } };
  return {
    Update: {
      TableName: "accounts",
      Key: key(pk),
      UpdateExpression: "SET balance = balance + :amount",
      ExpressionAttributeValues: guard === undefined ? values : { ...values, ":least": { N: guard } },
      ...(guard === undefined ? {} : { ConditionExpression: "balance >= :least" }),
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

describe("a transaction", () => {
  test("does all it says, at one moment", async () => {
    await open("a", "10");
    await open("b", "0");

    await transact([change("a", "-4", "4"), change("b", "4")]);

    expect([await balance("a"), await balance("b")]).toEqual(["6", "4"]);
    const [one, other] = world.service.history("accounts").slice(-2);
    expect(one?.atMs).toBe(other?.atMs);
  });

  test("does nothing when one condition fails, and gives a reason for each item", async () => {
    await open("poor", "1");
    await open("rich", "100");

    const refused = transact([change("rich", "5"), change("poor", "-5", "5")]);

    await expect(refused).rejects.toMatchObject({
      name: "TransactionCanceledException",
      message:
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]",
      CancellationReasons: [
        { Code: "None" },
        {
          Code: "ConditionalCheckFailed",
          Message: "The conditional request failed",
          Item: { pk: { S: "poor" }, balance: { N: "1" } },
        },
      ],
    });
    expect([await balance("poor"), await balance("rich")]).toEqual(["1", "100"]);
  });

  test("names an item that cannot be updated", async () => {
    await open("fine", "1");

    const refused = transact([change("fine", "1"), change("no-such-account", "1")]);

    await expect(refused).rejects.toMatchObject({
      CancellationReasons: [{ Code: "None" }, { Code: "ValidationError" }],
    });
    expect(await balance("fine")).toBe("1");
  });

  test("never shows half of itself to another one, nor loses money among many", async () => {
    const names = ["m0", "m1", "m2", "m3"];
    for (const name of names) await open(name, "25");
    const move = (index: number) =>
      transact([
        change(names[index % 4] ?? "", "-1", "1"),
        change(names[(index * 3 + 1 + (index % 2)) % 4] ?? "", "1"),
      ]).catch((error: Error) => {
        if (error.name !== "TransactionCanceledException" && error.name !== "ValidationException") throw error;
      });
    const look = async () => {
      const { Responses = [] } = await world.client.send(
        new TransactGetItemsCommand({
          TransactItems: names.map((name) => ({ Get: { TableName: "accounts", Key: key(name) } })),
        }),
      );
      return Responses.reduce((sum, response) => sum + Number(response.Item?.balance?.N), 0);
    };

    const sums = await Promise.all(Array.from({ length: 60 }, async (_, index) => move(index).then(look)));

    expect(new Set(sums)).toEqual(new Set([100]));
  });

  test("refuses two actions on one item", async () => {
    await expect(transact([change("a", "1"), change("a", "2")])).rejects.toThrow(
      /cannot include multiple operations on one item/,
    );
  });

  test("is done once for a token, whose request must stay the same", async () => {
    await open("token", "0");

    await transact([change("token", "1")], "token-1");
    await transact([change("token", "1")], "token-1");

    expect(await balance("token")).toBe("1");
    await expect(transact([change("token", "2")], "token-1")).rejects.toMatchObject({
      name: "IdempotentParameterMismatchException",
    });
  });
});
