/** Fills the table, damages every item of it, and starts the recovery that an operator would start. */
import { setTimeout as sleep } from "node:timers/promises";
import { BatchWriteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import pMap from "p-map";
import { itemEquals } from "../functions/items/equality.ts";
import { ORDERS_TABLE } from "../local/demo/orders.ts";
import type { DeployedPocketAws } from "../test/support/deployed-pocket-aws.ts";
import { type BareFigures, damageByBareWrites } from "./bare-writes.ts";
import { goodOrder, keyLine, type MeasuredOrders, wrongTotal } from "./orders.ts";

const BATCH = 25;
const BATCHES_AT_ONCE = 8;

export interface MeasuredIncident {
  readonly badSince: string;
  readonly incidentEnd: string;
  /** Nothing where items are so large that they are written one by one. */
  readonly bare: BareFigures | undefined;
}

export async function haveIncident(stage: DeployedPocketAws, orders: MeasuredOrders): Promise<MeasuredIncident> {
  await fill(stage, orders);
  // The last good second must be over, whole, before the first bad one.
  await nextSecond();
  await nextSecond();
  const badSince = wholeSecond();
  const bare = await damage(stage, orders);
  const incidentEnd = wholeSecond();
  await nextSecond();
  return { badSince, incidentEnd, bare };
}

/** Uploads all keys, as somebody who has a list of them would, and answers the request. */
export async function requestFor(
  stage: DeployedPocketAws,
  { count }: MeasuredOrders,
  { badSince, incidentEnd }: MeasuredIncident,
): Promise<object> {
  const key = "uploads/figures.jsonl";
  const Body = Array.from({ length: count }, (_, index) => keyLine(index)).join("\n");
  await stage.s3.send(new PutObjectCommand({ Bucket: stage.outputs.RecoveryBucketName, Key: key, Body }));
  return { table: ORDERS_TABLE, badSince, incidentEnd, keysFrom: { s3: { key } } };
}

/** How many orders are not exactly as they were before the incident, but for their version. */
export async function notAsBefore(stage: DeployedPocketAws, { count, paddingBytes }: MeasuredOrders): Promise<number> {
  const live = await stage.tableContent();
  let different = Math.abs(live.size - count);
  for (let index = 0; index < count; index += 1) {
    const { version: _before, ...good } = goodOrder(index, paddingBytes);
    const { version: _now, ...found } = live.get(`${good.pk?.S}/${good.sk?.S}`) ?? {};
    if (!itemEquals(found, good)) different += 1;
  }
  return different;
}

async function fill({ dynamodb }: DeployedPocketAws, { count, paddingBytes }: MeasuredOrders): Promise<void> {
  // A batch of items of 390 KB would be larger than the 16 MB that a request may have.
  const size = paddingBytes > 0 ? 1 : BATCH;
  const starts = Array.from({ length: Math.ceil(count / size) }, (_, batch) => batch * size);
  await pMap(
    starts,
    (start) => {
      const indexes = Array.from({ length: Math.min(size, count - start) }, (_, offset) => start + offset);
      const puts = indexes.map((index) => ({ PutRequest: { Item: goodOrder(index, paddingBytes) } }));
      return dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [ORDERS_TABLE]: puts } }));
    },
    { concurrency: BATCHES_AT_ONCE },
  );
}

async function damage(stage: DeployedPocketAws, { count, paddingBytes }: MeasuredOrders) {
  if (paddingBytes === 0) {
    const { aws, applicationRoleArn } = stage;
    return damageByBareWrites(aws.clientConfig(aws.asRole(applicationRoleArn, "application")), count);
  }
  for (let index = 0; index < count; index += 1) {
    const Item = { ...goodOrder(index, paddingBytes), total: wrongTotal(index), version: { N: "2" } };
    await stage.dynamodb.send(new PutItemCommand({ TableName: ORDERS_TABLE, Item }));
  }
  return undefined;
}

function wholeSecond(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

async function nextSecond(): Promise<void> {
  await sleep(1000 - (Date.now() % 1000) + 5);
}
