import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { canonicalNumber } from "./decimal.ts";
import { attributeNames, attributeOf, type Item } from "./item.ts";

/** Typed and deep: numbers as exact decimals, sets unordered, binary by bytes; undefined is absence, and equals only itself. */
export function attributeEquals(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.S !== undefined) return a.S === b.S;
  if (a.N !== undefined) return b.N !== undefined && sameNumber(a.N, b.N);
  if (a.BOOL !== undefined) return a.BOOL === b.BOOL;
  if (a.NULL !== undefined) return b.NULL !== undefined;
  if (a.B !== undefined) return b.B !== undefined && sameBytes(a.B, b.B);
  if (a.SS !== undefined) return b.SS !== undefined && sameSet(a.SS, b.SS);
  if (a.NS !== undefined) return b.NS !== undefined && sameSet(a.NS.map(canonicalNumber), b.NS.map(canonicalNumber));
  if (a.BS !== undefined) return b.BS !== undefined && sameSet(a.BS.map(bytesAsText), b.BS.map(bytesAsText));
  if (a.M !== undefined) return b.M !== undefined && itemEquals(a.M, b.M);
  if (a.L !== undefined) return b.L !== undefined && sameList(a.L, b.L);
  throw new UnknownAttributeTypeError(a);
}

/** Equality of whole items, without the attributes that `except` names; two absent items are equal. */
export function itemEquals(a: Item | null, b: Item | null, except?: ReadonlySet<string>): boolean {
  if (a === null || b === null) return a === b;
  return attributeNames(a, b).every(
    (name) => except?.has(name) || attributeEquals(attributeOf(a, name), attributeOf(b, name)),
  );
}

/** Thrown for an attribute type that this version does not know: to guess about it could lose a write. */
export class UnknownAttributeTypeError extends Error {
  constructor(value: object) {
    super(`An attribute of type ${Object.keys(value).join(", ") || "(none)"} cannot be handled; upgrade Backstitch.`);
    this.name = "UnknownAttributeTypeError";
  }
}

function sameNumber(a: string, b: string): boolean {
  return a === b || canonicalNumber(a) === canonicalNumber(b);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function bytesAsText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const members = new Set(a);
  return members.size === new Set(b).size && b.every((member) => members.has(member));
}

function sameList(a: readonly AttributeValue[], b: readonly AttributeValue[]): boolean {
  return a.length === b.length && a.every((value, index) => attributeEquals(value, b[index]));
}
