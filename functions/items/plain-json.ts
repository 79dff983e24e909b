import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { canonicalNumber } from "./decimal.ts";
import type { Item } from "./item.ts";

/** What an expression sees: plain JSON, as people write it. */
export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };
export type PlainItem = Readonly<Record<string, PlainValue>>;

/**
 * An item as plain JSON. A number is a JSON number where a double gives all its digits back, else its text (12.50 is a
 * number, 20 digits are text): nothing is rounded in silence. Sets are arrays, binary is base64 text.
 */
export function plainItem(item: Item): PlainItem {
  // fromEntries defines own properties, so that an attribute called __proto__ stays an attribute.
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

export function plainValue(value: AttributeValue): PlainValue {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return plainNumber(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL !== undefined) return null;
  if (value.B !== undefined) return base64(value.B);
  if (value.M !== undefined) return plainItem(value.M);
  if (value.L !== undefined) return value.L.map(plainValue);
  if (value.SS !== undefined) return value.SS;
  if (value.NS !== undefined) return value.NS.map(plainNumber);
  return (value.BS ?? []).map(base64);
}

/** As a double, where its shortest text is the same decimal. */
function plainNumber(text: string): number | string {
  const number = Number(text);
  const shortest = String(number);
  return shortest === text || canonicalNumber(shortest) === canonicalNumber(text) ? number : text;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
