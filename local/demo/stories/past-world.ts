import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import pMap from "p-map";
import type { StoryClock } from "../../story-clock.ts";
import { type Item, keyItem, ORDERS_TABLE, type OrderKey, type Random } from "../orders.ts";
import type { Say } from "../screen.ts";
import type { Truth } from "../truth.ts";

const AT_ONCE = 16;

/** Sets these attributes, and removes those that are undefined. */
export type Change = Readonly<Record<string, Item[string] | undefined>>;

/** What a story does to the table: good and bad writes alike are made by the application, under its one role. */
export class PastWorld {
  readonly clock: StoryClock;
  readonly random: Random;
  readonly truth: Truth;
  readonly say: Say;
  /** Keys of the table as it began. */
  readonly keys: readonly OrderKey[];
  /** Orders that the story decides about later. */
  readonly comeBackTo: OrderKey[] = [];
  badSince = "";
  incidentEnd = "";
  readonly #dynamodb: DynamoDBClient;

  constructor(options: {
    readonly clock: StoryClock;
    readonly random: Random;
    readonly truth: Truth;
    readonly say: Say;
    readonly keys: readonly OrderKey[];
    readonly dynamodb: DynamoDBClient;
  }) {
    this.clock = options.clock;
    this.random = options.random;
    this.truth = options.truth;
    this.say = options.say;
    this.keys = options.keys;
    this.#dynamodb = options.dynamodb;
  }

  /** The first bad second is now. */
  beginIncident(): void {
    this.clock.toNextSecond();
    this.badSince = this.clock.second();
  }

  /** The last bad second is now; what follows comes after it. */
  endIncident(): void {
    this.incidentEnd = this.clock.second();
    this.clock.toNextSecond();
  }

  /** A write of the bug to an order that is there. */
  async spoil(key: OrderKey, change: Change): Promise<void> {
    await this.#dynamodb.send(updateOf(key, change));
    this.truth.damaged(key, "updated", Object.keys(change));
  }

  /** A good write to an order that is there. */
  async write(key: OrderKey, values: Item): Promise<void> {
    await this.#dynamodb.send(updateOf(key, values));
    this.truth.wroteWell(key, values);
  }

  /** A good write that sets right what the bug had spoiled: it must stay, and nothing is left to decide about it. */
  async correct(key: OrderKey, values: Item): Promise<void> {
    await this.#dynamodb.send(updateOf(key, values));
    this.truth.corrected(key, values);
  }

  /** A good increment, as counters are raised: whatever they are at the moment. */
  async raise(key: OrderKey, counter: string, by: string): Promise<void> {
    await this.#dynamodb.send(
      new UpdateItemCommand({
        TableName: ORDERS_TABLE,
        Key: keyItem(key),
        ConditionExpression: "attribute_exists(pk)",
        UpdateExpression: "SET #c = #c + :by, #v = #v + :one",
        ExpressionAttributeNames: { "#c": counter, "#v": "version" },
        ExpressionAttributeValues: { ":by": { N: by }, ":one": { N: "1" } },
      }),
    );
  }

  async delete(key: OrderKey): Promise<void> {
    await this.#dynamodb.send(new DeleteItemCommand({ TableName: ORDERS_TABLE, Key: keyItem(key) }));
  }

  async put(item: Item): Promise<void> {
    await this.#dynamodb.send(new PutItemCommand({ TableName: ORDERS_TABLE, Item: item }));
  }

  /** Many writes, a few at a time. */
  async all<Value>(values: Iterable<Value>, write: (value: Value) => Promise<void>): Promise<void> {
    await pMap(values, write, { concurrency: AT_ONCE });
  }
}

function updateOf(key: OrderKey, change: Change): UpdateItemCommand {
  const names = Object.keys(change);
  const set = names.filter((name) => change[name] !== undefined);
  const removed = names.filter((name) => change[name] === undefined);
  const placeholder = (name: string) => `#a${names.indexOf(name)}`;
  const remove = removed.length > 0 ? ` REMOVE ${removed.map(placeholder).join(", ")}` : "";
  return new UpdateItemCommand({
    TableName: ORDERS_TABLE,
    Key: keyItem(key),
    ConditionExpression: "attribute_exists(pk)",
    UpdateExpression: `SET #v = #v + :one${set.map((name) => `, ${placeholder(name)} = :a${names.indexOf(name)}`).join("")}${remove}`,
    ExpressionAttributeNames: Object.fromEntries([
      ["#v", "version"],
      ...names.map((name) => [placeholder(name), name]),
    ]),
    ExpressionAttributeValues: Object.fromEntries([
      [":one", { N: "1" }],
      ...set.map((name) => [`:a${names.indexOf(name)}`, change[name]]),
    ]),
  });
}
