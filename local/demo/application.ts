/** The demo's application: it keeps writing under its own role, and uses the kit to refuse writes and to log them. */
import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { SSMClient } from "@aws-sdk/client-ssm";
import {
  assertWritable,
  type ItemChangeAction,
  isRefusedWrite,
  logItemChange,
  ReadOnly,
  type ReadOnlyOptions,
} from "../../kit/index.ts";
import type { ChangeLog } from "./change-log.ts";
import {
  type Item,
  keyItem,
  keyText,
  money,
  newOrder,
  ORDERS_TABLE,
  type OrderKey,
  pick,
  type Random,
} from "./orders.ts";
import type { Truth } from "./truth.ts";

export const FLAG_PARAMETER = "/orders/read-only";
/** How long the application goes on with an old value of its flag; backstitch.config.ts says the same number. */
const FLAG_CACHE_SECONDS = 2;
/** Who the application says it is, in its change log: the release at work, and the one that was a mistake. */
const GOOD_RELEASE = "release-4710";
export const BAD_RELEASE = "release-4711";
const WRITERS = 4;
const PAUSE_MS = 12;

export interface ChangeLogLine {
  readonly pk: string;
  readonly sk: string;
  readonly action: string;
  readonly at: string;
}

export interface ApplicationOptions {
  readonly dynamodb: DynamoDBClient;
  readonly ssm: SSMClient;
  readonly log: ChangeLog;
  readonly truth: Truth;
  readonly random: Random;
  readonly keys: readonly OrderKey[];
}

export class Application {
  readonly changeLog: ChangeLogLine[] = [];
  refusedByFlag = 0;
  refusedByDeny = 0;
  readonly #options: ApplicationOptions;
  readonly #readOnly: ReadOnlyOptions;
  readonly #busy = new Set<string>();
  readonly #closed = new Set<string>();
  #running = false;
  #writers: Promise<void>[] = [];
  #created = 0;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.#readOnly = {
      parameterName: FLAG_PARAMETER,
      cacheSeconds: FLAG_CACHE_SECONDS,
      onUnreadable: "refuse",
      client: options.ssm,
      // Whoever watches the story is told of refused writes by their number.
      onWarning: () => undefined,
    };
  }

  start(): void {
    this.#running = true;
    this.#writers = Array.from({ length: WRITERS }, () => this.#work());
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#writers);
    await this.#options.log.flush();
  }

  /** Keys that day-to-day work keeps off: the story writes to them itself. */
  keepOff(keys: readonly OrderKey[]): void {
    for (const key of keys) this.#closed.add(keyText(key));
  }

  get refusedWrites(): number {
    return this.refusedByFlag + this.refusedByDeny;
  }

  /** One good write of these values; answers whether the table took it. */
  async write(key: OrderKey, values: Item): Promise<boolean> {
    const id = keyText(key);
    if (this.#busy.has(id)) return false;
    this.#busy.add(id);
    try {
      await assertWritable(key.tenant, this.#readOnly);
      await this.#options.dynamodb.send(updateOf(key, values));
      this.#options.truth.wroteWell(key, values);
      this.log(key, "update");
      return true;
    } catch (error) {
      return this.#refused(error);
    } finally {
      this.#busy.delete(id);
    }
  }

  log(key: OrderKey, action: ItemChangeAction, writer = GOOD_RELEASE): void {
    const item = keyItem(key);
    const [pk, sk] = [item.pk?.S ?? "", item.sk?.S ?? ""];
    this.changeLog.push({ pk, sk, action, at: new Date().toISOString() });
    logItemChange(
      { table: ORDERS_TABLE, key: { pk, sk }, action, writer, tenant: key.tenant },
      this.#options.log.write,
    );
  }

  async #work(): Promise<void> {
    const { random, keys } = this.#options;
    while (this.#running) {
      if (random() < 0.03) await this.#create(pick(random, keys).tenant);
      else {
        const key = pick(random, keys);
        if (!this.#closed.has(keyText(key))) await this.write(key, this.#everydayChange());
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** What customers and staff do all day; the money of an order changes rarely, and only by a person. */
  #everydayChange(): Item {
    const { random } = this.#options;
    return random() < 0.5
      ? { status: { S: pick(random, ["open", "paid", "packed", "shipped", "returned"]) } }
      : { note: { S: `called at ${Math.floor(random() * 1e6)}` } };
  }

  async #create(tenant: string): Promise<void> {
    const { random, dynamodb, truth } = this.#options;
    if (this.#closedTenants.has(tenant)) return;
    this.#created += 1;
    const key = { tenant, order: `new-${this.#created}` };
    const item = { ...newOrder(key, random), total: { N: money(random) } };
    try {
      await assertWritable(tenant, this.#readOnly);
      await dynamodb.send(
        new PutItemCommand({ TableName: ORDERS_TABLE, Item: item, ConditionExpression: "attribute_not_exists(pk)" }),
      );
      truth.wroteWell(key, item);
      this.log(key, "create");
    } catch (error) {
      this.#refused(error);
    }
  }

  /** Tenants for whom the application opens no new orders for now. */
  readonly #closedTenants = new Set<string>();
  pauseNewOrders(tenants: readonly string[]): void {
    for (const tenant of tenants) this.#closedTenants.add(tenant);
  }
  resumeNewOrders(): void {
    this.#closedTenants.clear();
  }

  #refused(error: unknown): false {
    if (!(error instanceof Error)) throw error;
    if (error instanceof ReadOnly) this.refusedByFlag += 1;
    else if (isRefusedWrite(error)) this.refusedByDeny += 1;
    // The order is gone (the bug deleted it), or the service was busy too long: the customer tries again later.
    else if (
      error.name !== "ConditionalCheckFailedException" &&
      error.name !== "ProvisionedThroughputExceededException"
    )
      throw error;
    return false;
  }
}

function updateOf(key: OrderKey, values: Item): UpdateItemCommand {
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
