/** The demo's table: orders of many tenants, one item an order, and the writes that its application makes. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

export const ORDERS_TABLE = "orders";
export type Item = Record<string, AttributeValue>;
export interface OrderKey {
  readonly tenant: string;
  readonly order: string;
}

const CURRENCIES = ["EUR", "USD", "GBP", "CHF"] as const;
const STATUSES = ["open", "paid", "packed", "shipped"] as const;
const CITIES = ["Bern", "Gent", "Graz", "Lyon", "Porto", "Turku"] as const;

export type Random = () => number;

export function pick<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new RangeError("There is nothing to pick from.");
  return value;
}

/** Takes `count` of the values at random, each at most once, out of the list. */
export function take<Value>(random: Random, values: Value[], count: number): Value[] {
  if (values.length < count) throw new RangeError(`${count} were asked for, and ${values.length} are there.`);
  return Array.from({ length: count }, () => {
    const index = Math.floor(random() * values.length);
    const [value] = values.splice(index, 1);
    return value as Value;
  });
}

export function tenantName(number: number): string {
  return `t${String(number).padStart(3, "0")}`;
}

export function keyItem({ tenant, order }: OrderKey): Item {
  return { pk: { S: `TENANT#${tenant}` }, sk: { S: `ORDER#${order}` } };
}

export function keyText({ tenant, order }: OrderKey): string {
  return `TENANT#${tenant}/ORDER#${order}`;
}

export function tenantOfItem(item: Item): string {
  return (item.pk?.S ?? "").slice("TENANT#".length);
}

export function keyTextOf(item: Item): string {
  return `${item.pk?.S}/${item.sk?.S}`;
}

/** An order as the application makes it: text, exact money, a list, a map, a set. */
export function newOrder(key: OrderKey, random: Random): Item {
  const lines = 1 + Math.floor(random() * 3);
  return {
    ...keyItem(key),
    status: { S: pick(random, STATUSES) },
    total: { N: money(random) },
    currency: { S: pick(random, CURRENCIES) },
    shipTo: { M: { city: { S: pick(random, CITIES) }, zip: { S: String(1000 + Math.floor(random() * 9000)) } } },
    lines: { L: Array.from({ length: lines }, (_, line) => ({ M: { sku: { S: `sku-${line}` }, count: { N: "1" } } })) },
    tags: { SS: ["new", pick(random, ["web", "shop", "phone"])] },
    note: { S: "" },
    version: { N: "1" },
  };
}

export function money(random: Random): string {
  return (Math.round(random() * 50_000) / 100).toFixed(2);
}
