import { Big } from "big.js";
import { type AttributeValue, bytesOf, type Item } from "./attribute-value.ts";

/** "The maximum item size in DynamoDB is 400 KB." */
export const MAX_ITEM_BYTES = 400 * 1024;

/** Bytes that DynamoDB counts for an item: UTF-8 names and strings, raw binary, packed decimal digits. */
export function itemSize(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) size += Buffer.byteLength(name) + valueSize(value);
  return size;
}

/** Write units of an item (1 KB each), for the larger of what was and what is there. */
export function writeUnits(before: Item | undefined, after: Item | undefined): number {
  const bytes = Math.max(before === undefined ? 0 : itemSize(before), after === undefined ? 0 : itemSize(after));
  return Math.max(1, Math.ceil(bytes / 1024));
}

/** Read units of so many bytes (4 KB each; half for an eventually consistent read). */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.B !== undefined) return binarySize(value.B);
  if (value.SS !== undefined) return sum(value.SS, (member) => Buffer.byteLength(member));
  if (value.NS !== undefined) return sum(value.NS, numberSize);
  if (value.BS !== undefined) return sum(value.BS, binarySize);
  // "An empty List or Map requires 3 bytes of overhead", and each element 1 byte more.
  if (value.L !== undefined) return 3 + sum(value.L, (member) => 1 + valueSize(member));
  return 3 + Object.keys(value.M ?? {}).length + itemSize(value.M ?? {});
}

function binarySize(binary: string | Uint8Array): number {
  return typeof binary === "string" ? Buffer.byteLength(binary, "base64") : bytesOf(binary).length;
}

function numberSize(text: string): number {
  // Without an exponent the digits can be counted as they stand, which is most of the work of big tables.
  if (!/[eE]/.test(text)) {
    const digits = text.replace(/[-+.]/g, "").replace(/^0+|0+$/g, "");
    const isNegative = text.startsWith("-") && digits !== "";
    return 1 + Math.ceil(Math.max(1, digits.length) / 2) + (isNegative ? 1 : 0);
  }
  const number = new Big(text);
  return 1 + Math.ceil(number.c.length / 2) + (number.s < 0 ? 1 : 0);
}

function sum<T>(members: readonly T[], sizeOf: (member: T) => number): number {
  return members.reduce((total, member) => total + sizeOf(member), 0);
}
