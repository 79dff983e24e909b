/**
 * One tenant's share of an incident, and what must be there in the end whatever goes wrong: every good write that the table
 * acknowledged stands, every damage is taken back or listed.
 */
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { itemEquals } from "../../functions/items/equality.ts";
import { type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";

export const ORDERS = [
  "updated-0",
  "updated-1",
  "updated-2",
  "touched",
  "disputed",
  "deleted-0",
  "deleted-1",
  "ghost-0",
  "ghost-1",
  "good",
] as const;
export type Order = (typeof ORDERS)[number];

const good = (order: string): Item => ({ total: { N: "10.50" }, memo: { S: `for ${order}` }, version: { N: "1" } });
const BAD: Item = { total: { S: "NaN" }, memo: { S: "?" } };

interface Known {
  /** Without the incident, as good writes have it; undefined: it should not be there. */
  expected: Item | undefined;
  readonly damagedNames: ReadonlySet<string>;
  readonly isDamaged: boolean;
  /** Attributes of good writes since the incident, and what they must be. */
  readonly since: Map<string, Item[string]>;
  /** Deleted or made anew by good code since: the whole item is as it must be. */
  isReplaced: boolean;
}

export class Story {
  readonly tenant: string;
  readonly #known = new Map<Order, Known>();

  constructor(tenant: string) {
    this.tenant = tenant;
  }

  key(order: string): Item {
    return { pk: { S: `TENANT#${this.tenant}` }, sk: { S: `ORDER#${order}` } };
  }

  /** Before the incident; ghosts are not there. */
  seeded(): Item[] {
    return ORDERS.filter((order) => !order.startsWith("ghost")).map((order) => ({
      ...this.key(order),
      ...good(order),
    }));
  }

  /** The incident, and the good writes right after it. */
  async happen(client: DynamoDBClient): Promise<void> {
    for (const order of ORDERS) {
      const isGhost = order.startsWith("ghost");
      const isDamaged = order !== "good";
      this.#known.set(order, {
        expected: isGhost ? undefined : good(order),
        damagedNames: new Set(isDamaged ? Object.keys(BAD) : []),
        isDamaged,
        since: new Map(),
        isReplaced: false,
      });
      const Key = this.key(order);
      if (order.startsWith("deleted")) await client.send(new DeleteItemCommand({ TableName: ORDERS_TABLE, Key }));
      else if (isGhost)
        await client.send(new PutItemCommand({ TableName: ORDERS_TABLE, Item: { ...Key, ...good(order) } }));
      else if (isDamaged) await update(client, Key, BAD);
    }
  }

  async goOn(client: DynamoDBClient): Promise<void> {
    await this.writeWell(client, "touched", { note: { S: "called" } });
    await this.writeWell(client, "disputed", { total: { N: "12.50" } });
    await this.writeWell(client, "good", { total: { N: "11.25" } });
  }

  /** A good write of some attributes, where the item is there; answers whether it was. */
  async writeWell(client: DynamoDBClient, order: Order, values: Item): Promise<boolean> {
    const known = this.#of(order);
    if (!(await update(client, this.key(order), values))) return false;
    for (const [name, value] of Object.entries(values)) known.since.set(name, value);
    if (known.expected) known.expected = { ...known.expected, ...values };
    return true;
  }

  /** A good delete. */
  async remove(client: DynamoDBClient, order: Order): Promise<void> {
    try {
      await client.send(new DeleteItemCommand({ TableName: ORDERS_TABLE, Key: this.key(order) }));
    } catch (error) {
      if (hadNoEffect(error)) return;
      throw error;
    }
    Object.assign(this.#of(order), { expected: undefined, isReplaced: true });
    this.#of(order).since.clear();
  }

  /** Good code makes the item anew where it is not there; answers whether it was not. */
  async createAnew(client: DynamoDBClient, order: Order): Promise<boolean> {
    const item = { ...good(`new ${order}`), anew: { BOOL: true } };
    try {
      await client.send(
        new PutItemCommand({
          TableName: ORDERS_TABLE,
          Item: { ...this.key(order), ...item },
          ConditionExpression: "attribute_not_exists(pk)",
        }),
      );
    } catch (error) {
      if (hadNoEffect(error)) return false;
      throw error;
    }
    Object.assign(this.#of(order), { expected: item, isReplaced: true });
    return true;
  }

  /** What is wrong in the end; `listed`: the orders that the reports leave to a person. */
  judge(live: ReadonlyMap<string, Item>, listed: ReadonlySet<string>): string[] {
    return ORDERS.flatMap((order) => {
      const { pk, sk } = this.key(order);
      return this.#wrong(order, live.get(`${pk?.S}/${sk?.S}`), listed.has(order)).map((what) => `${order}: ${what}`);
    });
  }

  #wrong(order: Order, live: Item | undefined, isListed: boolean): string[] {
    const { expected, since, isDamaged, isReplaced } = this.#of(order);
    const lost = [...since].flatMap(([name, value]) =>
      live && same({ [name]: live[name] as Item[string] }, { [name]: value })
        ? []
        : [`the good write of ${name} is lost`],
    );
    if (lost.length > 0) return lost;
    if (same(live, expected)) return [];
    // Good code had the last word about the whole item, or nobody ever damaged it: then any difference is ours.
    if (isReplaced) return [`good code left ${show(expected)}, there is ${show(live)}`];
    if (!isDamaged) return [`it was never damaged and is ${show(live)}`];
    return isListed ? [] : [`damage is left and listed nowhere: ${show(live)}`];
  }

  #of(order: Order): Known {
    const known = this.#known.get(order);
    if (!known) throw new Error(`The incident has not happened to ${order}.`);
    return known;
  }
}

async function update(client: DynamoDBClient, Key: Item, values: Item): Promise<boolean> {
  const names = Object.keys(values);
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: ORDERS_TABLE,
        Key,
        ConditionExpression: "attribute_exists(pk)",
        UpdateExpression: `SET ${names.map((_, index) => `#a${index} = :a${index}`).join(", ")} ADD #v :one`,
        ExpressionAttributeNames: Object.fromEntries([["#v", "version"], ...names.map((name, i) => [`#a${i}`, name])]),
        ExpressionAttributeValues: Object.fromEntries([
          [":one", { N: "1" }],
          ...names.map((name, i) => [`:a${i}`, values[name]]),
        ]),
      }),
    );
    return true;
  } catch (error) {
    if (hadNoEffect(error)) return false;
    throw error;
  }
}

/** Strangers are throttled too, and write only where it makes sense. */
function hadNoEffect(error: unknown): boolean {
  const names = ["ConditionalCheckFailedException", "ProvisionedThroughputExceededException"];
  return error instanceof Error && names.includes(error.name);
}

/** Key and version left out: the version is raised by whoever writes. */
function same(live: Item | undefined, expected: Item | undefined): boolean {
  if (!live || !expected) return live === expected;
  return itemEquals(live, expected, new Set(["pk", "sk", "version"]));
}

function show(item: Item | undefined): string {
  return item ? JSON.stringify(item) : "nothing";
}
