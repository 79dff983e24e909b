import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { attributeOf, type Item } from "../../../../functions/items/item.ts";
import type { ItemClient } from "../../../../functions/repair/item-writer.ts";
import { evaluateCondition } from "../../../../local/dynamodb/condition-expression.ts";

/** What goes wrong with one request. `late`: it takes effect just before the next one. */
export type Fault = { readonly error: string; readonly effect: "none" | "now" | "late" };

type Input = Readonly<{
  Key?: Item;
  Item?: Item;
  UpdateExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
}>;

/** One item's worth of DynamoDB: conditional writes with DynamoDB's own rules for conditions, and faults on request. */
export class ConditionalTable implements ItemClient {
  item: Item | null;
  /** Names of the commands that were sent, in order. */
  readonly sent: string[] = [];
  /** How many writes took effect. */
  writes = 0;
  /** Called before the request with this number (from 1): other writers do their work here, or the request fails. */
  before: (request: number, command: string) => Fault | undefined = () => undefined;
  #late: (() => void) | undefined;

  constructor(item: Item | null) {
    this.item = structuredClone(item);
  }

  async send(command: Parameters<ItemClient["send"]>[0]): Promise<unknown> {
    const name = command.constructor.name.replace(/^_|Command\d*$/g, "");
    this.sent.push(name);
    const fault = this.before(this.sent.length, name);
    this.#deliverLate();
    if (fault === undefined) return this.#do(name, command.input as Input);
    if (fault.effect === "now") this.#doUnseen(name, command.input as Input);
    if (fault.effect === "late") this.#late = () => this.#doUnseen(name, command.input as Input);
    throw errorOf(fault.error);
  }

  /** A request that was given up by its sender may still arrive. */
  #deliverLate(): void {
    const late = this.#late;
    this.#late = undefined;
    late?.();
  }

  #doUnseen(name: string, input: Input): void {
    try {
      this.#do(name, input);
    } catch (error) {
      // Nobody hears of a refusal whose answer is lost.
      if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error;
    }
  }

  #do(name: string, input: Input): unknown {
    if (name === "GetItem") return this.item ? { Item: structuredClone(this.item) } : {};
    // A write without a condition is a fault of ours, whatever it does.
    if (!input.ConditionExpression) throw new Error(`${name} was sent without a condition.`);
    checkPlaceholders(input);
    const names = usedIn(input.ConditionExpression, input.ExpressionAttributeNames ?? {});
    const values = usedIn(input.ConditionExpression, input.ExpressionAttributeValues ?? {});
    if (!evaluateCondition(input.ConditionExpression, names, values, this.item ?? undefined)) {
      throw errorOf("ConditionalCheckFailedException", this.item ? { Item: structuredClone(this.item) } : {});
    }
    const old = this.item;
    if (name === "PutItem") this.item = structuredClone(input.Item ?? null);
    if (name === "DeleteItem") this.item = null;
    if (name === "UpdateItem") this.item = updated(this.item ?? input.Key ?? {}, input);
    this.writes += 1;
    return name === "DeleteItem" && old ? { Attributes: old } : {};
  }
}

/** DynamoDB refuses names and values that no expression uses. */
function checkPlaceholders(input: Input): void {
  const expressions = `${input.ConditionExpression} ${input.UpdateExpression}`;
  const maps: Record<string, unknown>[] = [input.ExpressionAttributeNames ?? {}, input.ExpressionAttributeValues ?? {}];
  for (const given of maps) {
    const unused = Object.keys(given).length - Object.keys(usedIn(expressions, given) ?? {}).length;
    if (unused > 0) throw new Error(`${unused} placeholders are not used in ${expressions}.`);
  }
}

/** The placeholders that an expression uses; undefined if it uses none, since DynamoDB refuses an empty map. */
function usedIn<Value>(expression: string, given: Record<string, Value>): Record<string, Value> | undefined {
  const tokens = new Set(expression.match(/[#:]\w+/g));
  const used = Object.entries(given).filter(([placeholder]) => tokens.has(placeholder));
  return used.length > 0 ? Object.fromEntries(used) : undefined;
}

function errorOf(name: string, members: object = {}): Error {
  const error = new Error(name);
  error.name = name;
  return Object.assign(error, members);
}

/** SET of values and of counters, and REMOVE: what our writer sends. */
function updated(item: Item, input: Input): Item {
  const { UpdateExpression = "", ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = input;
  const [, sets, removes] = /^(?:SET (.*?))?(?: ?REMOVE (.*))?$/.exec(UpdateExpression) ?? [];
  const result = new Map(Object.entries(item));
  for (const clause of sets?.split(/, (?=#)/) ?? []) {
    const [target = "", operand = ""] = clause.split(" = ");
    const name = names[target] ?? "";
    const counter = /^if_not_exists\((#\w+), (:\w+)\) \+ (:\w+)$/.exec(operand);
    if (counter) {
      const [, counted = "", zero = "", one = ""] = counter;
      const from = attributeOf(item, names[counted] ?? "") ?? values[zero];
      result.set(name, { N: String(Number(from?.N) + Number(values[one]?.N)) });
    } else {
      const value = values[operand];
      if (value === undefined) throw new Error(`The update has no value ${operand}.`);
      result.set(name, value);
    }
  }
  for (const placeholder of removes?.split(", ") ?? []) result.delete(names[placeholder] ?? "");
  return Object.fromEntries(result);
}
