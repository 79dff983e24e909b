/** The bad deploy: it runs inside the application, under the application's role, and writes what it should not. */
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { type Application, BAD_RELEASE } from "./application.ts";
import { keyItem, newOrder, ORDERS_TABLE, type OrderKey, type Random, take } from "./orders.ts";
import type { Truth } from "./truth.ts";

const UPDATED = 137;
const DELETED = 12;
const CREATED = 9;
/** Good writes that come to damaged items after the rollback: to other attributes, and to the very same one. */
const TOUCHED_ELSEWHERE = 34;
const TOUCHED_SAME = 6;

export interface Incident {
  readonly tenants: readonly string[];
  readonly updated: readonly OrderKey[];
  readonly deleted: readonly OrderKey[];
  readonly created: readonly OrderKey[];
  readonly touchedElsewhere: readonly OrderKey[];
  readonly touchedSame: readonly OrderKey[];
}

/** Which items will be damaged: some tenants' only. Everything from the seed. */
export function planIncident(random: Random, keys: readonly OrderKey[]): Incident {
  const byTenant = Map.groupBy(keys, ({ tenant }) => tenant);
  const names = [...byTenant.keys()];
  const needed = UPDATED + DELETED;
  const tenants: string[] = [];
  const open: OrderKey[] = [];
  while (open.length < needed * 2 && names.length > 0) {
    const [tenant] = take(random, names, 1);
    if (tenant === undefined) break;
    tenants.push(tenant);
    open.push(...(byTenant.get(tenant) ?? []));
  }
  const updated = take(random, open, UPDATED);
  const touched = [...updated];
  return {
    tenants: tenants.sort(),
    updated,
    deleted: take(random, open, DELETED),
    created: Array.from({ length: CREATED }, (_, index) => ({
      tenant: tenants[index % tenants.length] ?? "t001",
      order: `ghost-${index + 1}`,
    })),
    touchedElsewhere: take(random, touched, TOUCHED_ELSEWHERE),
    touchedSame: take(random, touched, TOUCHED_SAME),
  };
}

/** Runs the bad code: totals become nonsense and currencies are lost, orders vanish, ghosts appear. */
export async function runBadDeploy(
  incident: Incident,
  {
    dynamodb,
    truth,
    random,
    application,
  }: { dynamodb: DynamoDBClient; truth: Truth; random: Random; application: Application },
): Promise<void> {
  for (const key of incident.updated) {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: ORDERS_TABLE,
        Key: keyItem(key),
        UpdateExpression: "SET #total = :nonsense, #v = #v + :one REMOVE currency",
        ExpressionAttributeNames: { "#total": "total", "#v": "version" },
        ExpressionAttributeValues: { ":nonsense": { S: `NaN-${Math.floor(random() * 1e6)}` }, ":one": { N: "1" } },
      }),
    );
    truth.damaged(key, "updated", ["total", "currency"]);
    application.log(key, "update", BAD_RELEASE);
  }
  for (const key of incident.deleted) {
    await dynamodb.send(new DeleteItemCommand({ TableName: ORDERS_TABLE, Key: keyItem(key) }));
    truth.damaged(key, "deleted", []);
    application.log(key, "delete", BAD_RELEASE);
  }
  for (const key of incident.created) {
    await dynamodb.send(new PutItemCommand({ TableName: ORDERS_TABLE, Item: newOrder(key, random) }));
    truth.damaged(key, "created", []);
    application.log(key, "create", BAD_RELEASE);
  }
}
