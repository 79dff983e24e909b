/**
 * One tenant's share of an incident, and what must be there in the end whatever goes wrong: every good write that the table
 * acknowledged stands, every damage is taken back or listed.
 */
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { itemEquals } from "../../functions/items/equality.ts";
import { type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import type { Chance } from "./chance.ts";

/**
 * What happens to an order. `touched`, `disputed`: good code writes another attribute, the same one, after the incident.
 * `gone`: good code deletes what was damaged; `reborn`: it makes anew what was deleted; `ghost`: the incident makes it;
 * `ghost-used`: good code then writes to it; `counted`: it adds to a counter that good code counts on; `good`: no incident.
 */
const KINDS = [
  "updated",
  "touched",
  "disputed",
  "gone",
  "deleted",
  "reborn",
  "ghost",
  "ghost-used",
  "counted",
  "good",
] as const;
type Kind = (typeof KINDS)[number];
const EVIDENT: readonly Kind[] = ["updated", "touched", "deleted"];
const MOST: Readonly<Record<Kind, number>> = {
  updated: 5,
  touched: 3,
  disputed: 2,
  gone: 1,
  deleted: 4,
  reborn: 1,
  ghost: 3,
  "ghost-used": 2,
  counted: 2,
  good: 2,
};

const good = (order: string): Item => ({
  total: { N: "10.50" },
  memo: { S: `for ${order}` },
  lines: { L: [{ M: { sku: { S: "a-1" }, count: { N: "2" } } }] },
  points: { N: "100" },
  version: { N: "1" },
});
/** What the incident adds to a counter. */
const EXCESS = 5;
const BAD: Item = { total: { S: "NaN" }, memo: { S: "?" } };

interface Known {
  readonly kind: Kind;
  /** Without the incident, as good writes have it; undefined: it should not be there. */
  expected: Item | undefined;
  /** Attributes of good writes since the incident, and what they must be. */
  readonly since: Map<string, Item[string]>;
  /** Deleted or made anew by good code since: the whole item is as it must be. */
  isReplaced: boolean;
  /** What good code has counted since. */
  counted: number;
}

export class Story {
  readonly tenant: string;
  readonly #known = new Map<string, Known>();

  constructor(tenant: string, chance: Chance) {
    this.tenant = tenant;
    for (const kind of KINDS)
      for (let index = 0; index < chance.between(1, MOST[kind]); index += 1) {
        const order = `${kind}-${index}`;
        const expected = isGhost(kind) ? undefined : good(order);
        this.#known.set(order, { kind, expected, since: new Map(), isReplaced: false, counted: 0 });
      }
  }

  key(order: string): Item {
    return { pk: { S: `TENANT#${this.tenant}` }, sk: { S: `ORDER#${order}` } };
  }

  /** As a request names them. */
  keys(): { readonly pk: string; readonly sk: string }[] {
    return [...this.#known.keys()].map((order) => ({ pk: `TENANT#${this.tenant}`, sk: `ORDER#${order}` }));
  }

  /** The order that a key or an item is of; undefined: it is not of this story. */
  orderOf(item: Item | undefined): string | undefined {
    const order = item?.sk?.S?.replace("ORDER#", "") ?? "";
    return item?.pk?.S === `TENANT#${this.tenant}` && this.#known.has(order) ? order : undefined;
  }

  /** Before the incident. */
  seeded(): Item[] {
    return [...this.#known].flatMap(([order, { expected }]) => (expected ? [{ ...this.key(order), ...expected }] : []));
  }

  async happen(client: DynamoDBClient): Promise<void> {
    for (const [order, { kind }] of this.#known) {
      const Key = this.key(order);
      if (kind === "deleted" || kind === "reborn")
        await client.send(new DeleteItemCommand({ TableName: ORDERS_TABLE, Key }));
      else if (isGhost(kind))
        await client.send(new PutItemCommand({ TableName: ORDERS_TABLE, Item: { ...Key, ...good(order) } }));
      else if (kind === "counted") await count(client, Key, EXCESS);
      else if (kind !== "good") await update(client, Key, BAD);
    }
  }

  /** The good writes right after the incident. */
  async goOn(client: DynamoDBClient): Promise<void> {
    for (const [order, { kind }] of this.#known) {
      if (kind === "touched" || kind === "ghost-used") await this.writeWell(client, order, { note: { S: "called" } });
      if (kind === "disputed") await this.writeWell(client, order, { total: { N: "12.50" } });
      if (kind === "good") await this.writeWell(client, order, { total: { N: "11.25" } });
      if (kind === "counted") await this.count(client, order);
      if (kind === "gone") await this.remove(client, order);
      if (kind === "reborn") await this.createAnew(client, order);
    }
  }

  /** Whatever good code may do to this order now, drawn; a writer whom a guard stops has done nothing. */
  async writeSomething(client: DynamoDBClient, order: string, chance: Chance): Promise<void> {
    const value = `${chance.between(1, 90)}.25`;
    const { kind } = this.#of(order);
    // What the incident deleted, good code made anew and good code deleted again looks as the incident left it; and an item
    // that good code deletes after we put it back looks like one that was never put back. Both come back (docs/limits.md).
    const mayBeRemoved = kind !== "deleted" && kind !== "reborn";
    if (kind === "counted") return this.count(client, order);
    const what = chance.pick(["total", "note", "added", "memo", "anew", ...(mayBeRemoved ? ["remove"] : [])]);
    if (what === "remove") await this.remove(client, order);
    else if (what === "anew") await this.createAnew(client, order);
    else if (what === "total") await this.writeWell(client, order, { total: { N: value } });
    else await this.writeWell(client, order, { [what]: { S: `good ${value}` } });
  }

  anyOrder(chance: Chance): string {
    return chance.pick([...this.#known.keys()]);
  }

  /** A good write of some attributes, where the item is there. */
  async writeWell(client: DynamoDBClient, order: string, values: Item): Promise<void> {
    const known = this.#of(order);
    if (!(await tookEffect(update(client, this.key(order), values)))) return;
    for (const [name, value] of Object.entries(values)) known.since.set(name, value);
    if (known.expected) known.expected = { ...known.expected, ...values };
  }

  /** A good increment. */
  async count(client: DynamoDBClient, order: string): Promise<void> {
    const known = this.#of(order);
    if (!(await tookEffect(count(client, this.key(order), 1)))) return;
    known.counted += 1;
    known.expected = { ...known.expected, points: { N: String(100 + known.counted) } };
  }

  /** A good delete. */
  async remove(client: DynamoDBClient, order: string): Promise<void> {
    const command = new DeleteItemCommand({ TableName: ORDERS_TABLE, Key: this.key(order) });
    if (!(await tookEffect(client.send(command)))) return;
    Object.assign(this.#of(order), { expected: undefined, isReplaced: true });
    this.#of(order).since.clear();
  }

  /** Good code makes the item anew where it is not there. */
  async createAnew(client: DynamoDBClient, order: string): Promise<void> {
    const item = { ...good(`new ${order}`), anew: { BOOL: true } };
    const command = new PutItemCommand({
      TableName: ORDERS_TABLE,
      Item: { ...this.key(order), ...item },
      ConditionExpression: "attribute_not_exists(pk)",
    });
    if (!(await tookEffect(client.send(command)))) return;
    Object.assign(this.#of(order), { expected: item, isReplaced: true });
    this.#of(order).since.clear();
  }

  /** What is wrong in the end; `listed`: the orders that the report leaves to a person. */
  judge(live: ReadonlyMap<string, Item>, listed: ReadonlySet<string>): string[] {
    return [...this.#known].flatMap(([order, known]) => {
      const { pk, sk } = this.key(order);
      const wrong = wrongWith(known, live.get(`${pk?.S}/${sk?.S}`), listed.has(order));
      return wrong === undefined ? [] : [`${order}: ${wrong}`];
    });
  }

  #of(order: string): Known {
    const known = this.#known.get(order);
    if (!known) throw new Error(`There is no order ${order} in this story.`);
    return known;
  }
}

function isGhost(kind: Kind): boolean {
  return kind.startsWith("ghost");
}

function wrongWith({ kind, expected, since, isReplaced, counted }: Known, live: Item | undefined, isListed: boolean) {
  for (const [name, value] of since)
    if (!live?.[name] || !same({ [name]: live[name] }, { [name]: value })) return `the good write of ${name} is lost`;
  if (same(live, expected)) return undefined;
  // Good code had the last word about the whole item, or nobody ever damaged it: then any difference is ours.
  if (isReplaced) return `good code left ${show(expected)}, there is ${show(live)}`;
  if (kind === "counted" && !same(live, { ...expected, points: { N: String(100 + EXCESS + counted) } }))
    return `good code counted ${counted}, and there is ${show(live)}`;
  if (kind === "good") return `it was never damaged and is ${show(live)}`;
  if (!isListed) return `damage is left and listed nowhere: ${show(live)}`;
  // Where the evidence decides and nobody else wrote, listing it is no excuse. A delete whose answer was lost is in doubt for good.
  const isDecided = EVIDENT.includes(kind) && [...since.keys()].every((name) => name === "note" && kind === "touched");
  return isDecided ? `it could have been repaired and was only listed: ${show(live)}` : undefined;
}

async function update(client: DynamoDBClient, Key: Item, values: Item): Promise<unknown> {
  const names = Object.keys(values);
  return client.send(
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
}

async function count(client: DynamoDBClient, Key: Item, by: number): Promise<unknown> {
  return client.send(
    new UpdateItemCommand({
      TableName: ORDERS_TABLE,
      Key,
      ConditionExpression: "attribute_exists(pk)",
      UpdateExpression: "ADD points :by, version :one",
      ExpressionAttributeValues: { ":by": { N: String(by) }, ":one": { N: "1" } },
    }),
  );
}

/** Strangers are throttled too, applications are frozen, and both write only where it makes sense. */
async function tookEffect(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    const harmless = [
      "ConditionalCheckFailedException",
      "ProvisionedThroughputExceededException",
      "AccessDeniedException",
      "InternalServerError",
    ];
    if (error instanceof Error && harmless.includes(error.name)) return false;
    throw error;
  }
}

/** Key and version left out: the version is raised by whoever writes. */
function same(live: Item | undefined, expected: Item | undefined): boolean {
  if (!live || !expected) return live === expected;
  return itemEquals(live, expected, new Set(["pk", "sk", "version"]));
}

function show(item: Item | undefined): string {
  return item ? JSON.stringify(item) : "nothing";
}
