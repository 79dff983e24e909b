/**
 * One thread of bare writers, the size of one part: conditional UpdateItems of the shape that a repair has, a fixed
 * number in flight, and nothing else: no plan, no journal, no record of outcomes. What it writes is the bug's damage.
 */
import { parentPort, workerData } from "node:worker_threads";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import pMap from "p-map";
import { keyItem, ORDERS_TABLE } from "../local/demo/orders.ts";
import type { ClientConfig } from "../local/pocket-aws.ts";
import { goodOrder, orderKey, wrongTotal } from "./orders.ts";

export interface BareWriting {
  readonly client: ClientConfig;
  readonly first: number;
  readonly count: number;
  readonly inFlight: number;
}

const { client, first, count, inFlight } = workerData as BareWriting;
const port = parentPort;
if (!port) throw new Error("bench/bare-writer.ts runs in a worker thread only.");
const dynamodb = new DynamoDBClient({ ...client, maxAttempts: 1 });
const updates = Array.from({ length: count }, (_, offset) => update(first + offset));

port.once("message", async () => {
  await pMap(updates, (one) => dynamodb.send(one), { concurrency: inFlight });
  dynamodb.destroy();
  port.postMessage("done");
});
port.postMessage("ready");

function update(index: number): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName: ORDERS_TABLE,
    Key: keyItem(orderKey(index)),
    ConditionExpression: "attribute_exists(#pk) AND #total = :seen",
    UpdateExpression: "SET #total = :wrong, #v = if_not_exists(#v, :zero) + :one",
    ExpressionAttributeNames: { "#pk": "pk", "#total": "total", "#v": "version" },
    ExpressionAttributeValues: {
      ":seen": goodOrder(index, 0).total ?? { NULL: true },
      ":wrong": wrongTotal(index),
      ":zero": { N: "0" },
      ":one": { N: "1" },
    },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
}
