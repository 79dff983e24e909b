/** A small incident on `orders`: every tenant is damaged alike, so that each story may recover one of its own. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { seededRandom } from "../../../local/conditions.ts";
import { keyItem, keyText, newOrder, type OrderKey } from "../../../local/demo/orders.ts";
import { Truth } from "../../../local/demo/truth.ts";
import type { StoryClock } from "../../../local/story-clock.ts";
import { type DeployedPocketAws, type Item, ORDERS_TABLE } from "../../support/deployed-pocket-aws.ts";

const ORDERS_A_TENANT = 30;
const UPDATED = [0, 18] as const;
const DELETED = [18, 23] as const;
const GHOSTS = 3;
/** Good writes after the incident: to other attributes of damaged orders, and to orders that were not damaged. */
const TOUCHED = [0, 4, 25, 26] as const;
/** Orders of tenants that nothing happens to. */
const BYSTANDERS = 200;

/** Stands in values of damaged items, before and after: whoever finds it outside of table and bucket has found a leak. */
export const MARKER = "secret-of-a-customer-8c1d";

export interface IncidentOptions {
  readonly tenants: readonly string[];
  /** Good writes to the very attribute that the bug changed: nobody can tell what is right. @default 0 */
  readonly undecidable?: number;
  /** The time in which it happens, brought to the present in the end. @default now, as it goes by */
  readonly clock?: StoryClock;
  /** What is done between the last good write and the bug: somebody makes a backup. */
  readonly onceSeeded?: () => Promise<unknown>;
  /** Told of every write once it is made: an application that keeps a change log. */
  readonly onWritten?: OnWritten;
}

/** The bug and the good code are releases of the same application. */
export type OnWritten = (key: OrderKey, action: "create" | "update" | "delete", by: "bug" | "good") => void;

export class OrdersIncident {
  readonly truth: Truth;
  readonly badSince: string;
  readonly incidentEnd: string;
  readonly #stage: DeployedPocketAws;
  readonly #application: DynamoDBClient;
  readonly #onWritten: OnWritten;

  constructor(
    stage: DeployedPocketAws,
    application: DynamoDBClient,
    truth: Truth,
    times: { readonly badSince: string; readonly incidentEnd: string },
    onWritten: OnWritten = () => {},
  ) {
    this.#onWritten = onWritten;
    this.#stage = stage;
    this.#application = application;
    this.truth = truth;
    this.badSince = times.badSince;
    this.incidentEnd = times.incidentEnd;
  }

  /** The request that recovers one tenant's orders, ghosts deleted. */
  requestFor(tenant: string, changes: object = {}): object {
    return {
      table: ORDERS_TABLE,
      badSince: this.badSince,
      incidentEnd: this.incidentEnd,
      keys: suspects(tenant).map(plainKey),
      created: "delete",
      ...changes,
    };
  }

  /** The request that freezes and recovers some tenants alone. */
  requestForTenants(...tenants: readonly string[]): object {
    return this.requestFor("", { tenants, keys: tenants.flatMap(suspects).map(plainKey) });
  }

  /** The request that deletes one tenant's ghosts, and looks at nothing else. */
  requestForGhosts(tenant: string): object {
    return this.requestFor(tenant, { keys: ghosts(tenant).map(plainKey) });
  }

  /** One good write of the application under its own role. */
  async writeWell(key: OrderKey, values: Item): Promise<void> {
    await this.#application.send(update(key, values));
    this.truth.wroteWell(key, values);
    this.#onWritten(key, "update", "good");
  }

  /** What is wrong with one tenant's orders now: nothing, once it is recovered. */
  async wrongIn(tenant: string): Promise<{ damagedLeft: string[]; goodWritesLost: string[] }> {
    const verdict = this.truth.judge(await this.#stage.tableContent());
    const ofTenant = (ids: readonly string[]) => ids.filter((id) => id.startsWith(`TENANT#${tenant}/`));
    return { damagedLeft: ofTenant(verdict.damagedLeft), goodWritesLost: ofTenant(verdict.goodWritesLost) };
  }
}

/** What `wrongIn` answers when all is well. */
export const NOTHING_WRONG = { damagedLeft: [], goodWritesLost: [] };

/** Fills the table, lets the bug run for a moment, and lets good writes follow. */
export async function haveIncident(
  stage: DeployedPocketAws,
  { tenants, undecidable = 0, clock, onceSeeded, onWritten }: IncidentOptions,
): Promise<OrdersIncident> {
  const wholeSecond = () => clock?.second() ?? `${new Date().toISOString().slice(0, 19)}Z`;
  const nextSecond = async () => (clock ? clock.toNextSecond() : sleep(1000 - (Date.now() % 1000) + 5));
  const truth = new Truth();
  await seed(stage.dynamodb, tenants, truth);
  await onceSeeded?.();
  // Seeded in the second before the last good one: the restore goes to the end of no second. An export of a short
  // incident also looks at the quarter of an hour before it.
  clock?.passSeconds(40 * 60);
  await nextSecond();
  await nextSecond();
  const application = stage.asApplication();
  const badSince = wholeSecond();
  for (const tenant of tenants) await damage(application, tenant, truth, onWritten);
  const incidentEnd = wholeSecond();
  await nextSecond();
  const incident = new OrdersIncident(stage, application, truth, { badSince, incidentEnd }, onWritten);
  for (const tenant of tenants) {
    for (const index of TOUCHED) await incident.writeWell(order(tenant, index), { note: { S: "customer called" } });
    for (let index = UPDATED[1] - undecidable; index < UPDATED[1]; index += 1)
      await incident.writeWell(order(tenant, index), { total: { N: "12.50" } });
  }
  clock?.toPresent();
  return incident;
}

/** Orders by number: 0 to 17 are updated by the bug, 18 to 22 deleted, the rest it leaves alone. */
export function order(tenant: string, index: number): OrderKey {
  return { tenant, order: String(index).padStart(4, "0") };
}

/** Items that the bug created. */
export function ghosts(tenant: string): OrderKey[] {
  return Array.from({ length: GHOSTS }, (_, index) => ({ tenant, order: `ghost-${index}` }));
}

/** How many items of a tenant the bug damaged: updated, deleted and created. */
export const DAMAGED_A_TENANT = UPDATED[1] - UPDATED[0] + (DELETED[1] - DELETED[0]) + GHOSTS;

/** Items of one tenant, without the tenant's name: two tenants that went through the same are equal. */
export function itemsOf(content: ReadonlyMap<string, Item>, tenant: string): Map<string, Item> {
  const prefix = `TENANT#${tenant}/`;
  return new Map(
    [...content]
      .filter(([id]) => id.startsWith(prefix))
      .map(([id, { pk: _pk, ...item }]): [string, Item] => [id.slice(prefix.length), item])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** All items but those of one tenant: what its recovery must not touch. */
export function itemsOfOthers(content: ReadonlyMap<string, Item>, tenant: string): Map<string, Item> {
  return new Map([...content].filter(([id]) => !id.startsWith(`TENANT#${tenant}/`)));
}

/** The whole table as JSON, for telling whether anything was written at all. */
export function asText(content: ReadonlyMap<string, Item>): string {
  return JSON.stringify([...content].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What somebody would hand in: everything that was written since the first bad second, good or bad. */
function suspects(tenant: string): OrderKey[] {
  return [...Array.from({ length: ORDERS_A_TENANT }, (_, index) => order(tenant, index)), ...ghosts(tenant)];
}

function plainKey(key: OrderKey): Record<string, string> {
  const { pk, sk } = keyItem(key);
  return { pk: pk?.S ?? "", sk: sk?.S ?? "" };
}

async function seed(dynamodb: DynamoDBClient, tenants: readonly string[], truth: Truth): Promise<void> {
  const ofTenants = tenants.flatMap((tenant) => {
    // The same numbers for every tenant: their orders differ in the tenant's name alone.
    const random = seededRandom(7);
    return Array.from({ length: ORDERS_A_TENANT }, (_, index) => ({ key: order(tenant, index), random }));
  });
  const random = seededRandom(8);
  const bystanders = Array.from({ length: BYSTANDERS }, (_, index) => ({
    key: order(`bystander-${index % 9}`, index),
    random,
  }));
  const items = [...ofTenants, ...bystanders].map((one) => {
    const item: Item = { ...newOrder(one.key, one.random), memo: { S: `${MARKER} before` } };
    truth.seeded(one.key, item);
    return item;
  });
  for (let start = 0; start < items.length; start += 25)
    await dynamodb.send(
      new BatchWriteItemCommand({
        RequestItems: { [ORDERS_TABLE]: items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } })) },
      }),
    );
}

/** Totals become text, memos are overwritten and currencies lost; orders vanish and ghosts appear. */
async function damage(
  application: DynamoDBClient,
  tenant: string,
  truth: Truth,
  onWritten: OnWritten = () => {},
): Promise<void> {
  for (let index = UPDATED[0]; index < UPDATED[1]; index += 1) {
    const key = order(tenant, index);
    await application.send(
      new UpdateItemCommand({
        TableName: ORDERS_TABLE,
        Key: keyItem(key),
        UpdateExpression: "SET #total = :nonsense, memo = :memo, #v = #v + :one REMOVE currency",
        ExpressionAttributeNames: { "#total": "total", "#v": "version" },
        ExpressionAttributeValues: {
          ":nonsense": { S: `NaN-${index}` },
          ":memo": { S: `${MARKER} after` },
          ":one": { N: "1" },
        },
      }),
    );
    truth.damaged(key, "updated", ["total", "memo", "currency"]);
    onWritten(key, "update", "bug");
  }
  for (let index = DELETED[0]; index < DELETED[1]; index += 1) {
    const key = order(tenant, index);
    await application.send(new DeleteItemCommand({ TableName: ORDERS_TABLE, Key: keyItem(key) }));
    truth.damaged(key, "deleted", []);
    onWritten(key, "delete", "bug");
  }
  const random = seededRandom(9);
  for (const key of ghosts(tenant)) {
    await application.send(
      new PutItemCommand({
        TableName: ORDERS_TABLE,
        Item: { ...newOrder(key, random), memo: { S: `${MARKER} ghost` } },
      }),
    );
    truth.damaged(key, "created", []);
    onWritten(key, "create", "bug");
  }
}

function update(key: OrderKey, values: Item): UpdateItemCommand {
  const names = Object.keys(values);
  return new UpdateItemCommand({
    TableName: ORDERS_TABLE,
    Key: keyItem(key),
    ConditionExpression: "attribute_exists(pk)",
    UpdateExpression: `SET ${names.map((_, index) => `#a${index} = :a${index}`).join(", ")}, #v = #v + :one`,
    ExpressionAttributeNames: Object.fromEntries([
      ["#v", "version"],
      ...names.map((name, index) => [`#a${index}`, name]),
    ]),
    ExpressionAttributeValues: Object.fromEntries([
      [":one", { N: "1" }],
      ...names.map((name, index) => [`:a${index}`, values[name]]),
    ]),
  });
}

/** `TENANT#<tenant>/ORDER#<order>`, as tables and truth are keyed. */
export const idOf = (key: OrderKey): string => keyText(key);
