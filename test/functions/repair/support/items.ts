import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Images, Item } from "../../../../functions/items/item.ts";
import type { KeySchema } from "../../../../functions/items/key.ts";
import { type RepairRules, SAFE_DEFAULTS } from "../../../../functions/repair/rules.ts";

/** Short hands for test items: `{ a: 1, b: "x" }` besides the key, which is `id`. */
export type Plain = Readonly<Record<string, number | string | AttributeValue>>;

export const KEY_SCHEMA: KeySchema = { attributes: [{ name: "id", type: "S", role: "HASH" }] };
export const KEY: Item = { id: { S: "order-1" } };
export const NOW = Date.parse("2026-11-20T03:00:00Z") / 1000;

export function attribute(plain: number | string | AttributeValue): AttributeValue {
  if (typeof plain === "number") return { N: String(plain) };
  return typeof plain === "string" ? { S: plain } : plain;
}

/** An item with the key of all test items. */
export function item(plain: Plain = {}): Item {
  return { ...KEY, ...Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, attribute(value)])) };
}

/** Images in short hand; `null` = absent, a missing `after` = unknown. */
export function images(
  before: Plain | null,
  after: Plain | null | undefined,
  live: Plain | null,
  more: Partial<Images> = {},
): Images {
  return {
    before: before && item(before),
    ...(after === undefined ? {} : { after: after && item(after) }),
    live: live && item(live),
    ...more,
  };
}

/** The rules of a request that gives keys, and else nothing; or whatever the test says. */
export function rules(more: Partial<RepairRules> = {}): RepairRules {
  return { ...SAFE_DEFAULTS, selection: "keys", keySchema: KEY_SCHEMA, now: NOW, ...more };
}
