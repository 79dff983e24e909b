import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { UnknownAttributeTypeError } from "./equality.ts";
import type { Item } from "./item.ts";

/** AttributeValue as plain JSON: binary as base64, numbers as the text they are. The form of DynamoDB's own exports. */
export type JsonAttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly M: JsonItem }
  | { readonly L: readonly JsonAttributeValue[] };
export type JsonItem = { readonly [name: string]: JsonAttributeValue };

/** Thrown when stored JSON is not an item: a file was changed by hand, or is not one of ours. */
export class InvalidItemJsonError extends Error {
  constructor(what: string) {
    super(`Item JSON is not valid: ${what}; expected AttributeValue JSON such as {"S":"text"} or {"B":"<base64>"}.`);
    this.name = "InvalidItemJsonError";
  }
}

/** An item as JSON that loses nothing. */
export function encodeItem(item: Item): JsonItem {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, encodeAttribute(value)]));
}

/** The item that {@link encodeItem} was given. */
export function decodeItem(json: JsonItem): Item {
  if (!isRecord(json)) throw new InvalidItemJsonError(`an item is ${describe(json)}`);
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, decodeAttribute(value)]));
}

export function encodeAttribute(value: AttributeValue): JsonAttributeValue {
  if (value.S !== undefined) return { S: value.S };
  if (value.N !== undefined) return { N: value.N };
  if (value.BOOL !== undefined) return { BOOL: value.BOOL };
  if (value.NULL !== undefined) return { NULL: value.NULL };
  if (value.B !== undefined) return { B: toBase64(value.B) };
  if (value.SS !== undefined) return { SS: value.SS };
  if (value.NS !== undefined) return { NS: value.NS };
  if (value.BS !== undefined) return { BS: value.BS.map(toBase64) };
  if (value.M !== undefined) return { M: encodeItem(value.M) };
  if (value.L !== undefined) return { L: value.L.map(encodeAttribute) };
  throw new UnknownAttributeTypeError(value);
}

export function decodeAttribute(json: JsonAttributeValue): AttributeValue {
  const [entry, ...others] = isRecord(json) ? Object.entries<unknown>(json) : [];
  if (!entry || others.length > 0) throw new InvalidItemJsonError(`an attribute is ${describe(json)}`);
  const [type, value] = entry;
  if (type === "S" && typeof value === "string") return { S: value };
  if (type === "N" && typeof value === "string") return { N: value };
  if (type === "BOOL" && typeof value === "boolean") return { BOOL: value };
  if (type === "NULL" && typeof value === "boolean") return { NULL: value };
  if (type === "B" && typeof value === "string") return { B: fromBase64(value) };
  if (type === "SS" && isTexts(value)) return { SS: [...value] };
  if (type === "NS" && isTexts(value)) return { NS: [...value] };
  if (type === "BS" && isTexts(value)) return { BS: value.map(fromBase64) };
  if (type === "M" && isRecord(value)) return { M: decodeItem(value as JsonItem) };
  if (type === "L" && Array.isArray(value)) return { L: value.map((member) => decodeAttribute(member)) };
  throw new InvalidItemJsonError(`an attribute of type ${type} holds ${describe(value)}`);
}

/** An image that may be known to be absent. */
export function encodeImage(image: Item | null): JsonItem | null {
  return image && encodeItem(image);
}

export function decodeImage(json: JsonItem | null): Item | null {
  return json && decodeItem(json);
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes of a base64 text; refuses what Buffer would silently skip. */
export function fromBase64(text: string): Uint8Array {
  if (!BASE64.test(text)) throw new InvalidItemJsonError("a binary value is not base64");
  return Uint8Array.from(Buffer.from(text, "base64"));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((member) => typeof member === "string");
}

// Never the value itself: errors are logged, item values are not.
function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `of type ${typeof value}`;
}
