import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { isNegative, significantDigits } from "./decimal.ts";
import { UnknownAttributeTypeError } from "./equality.ts";
import type { Item } from "./item.ts";

/** "The maximum item size in DynamoDB is 400 KB, which includes both attribute name binary length and value lengths." */
export const MAX_ITEM_BYTES = 400 * 1024;

/** "An attribute of type List or Map requires 3 bytes of overhead, regardless of its contents", and 1 byte a member. */
const DOCUMENT_OVERHEAD_BYTES = 3;
const MEMBER_OVERHEAD_BYTES = 1;

/** DynamoDB's size of an item in bytes: names and values, by the developer guide's "item sizes and formats". */
export function itemSize(item: Item): number {
  return sum(Object.entries(item).map(([name, value]) => textBytes(name) + attributeSize(value)));
}

function attributeSize(value: AttributeValue): number {
  if (value.S !== undefined) return textBytes(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.B !== undefined) return value.B.length;
  if (value.SS !== undefined) return sum(value.SS.map(textBytes));
  if (value.NS !== undefined) return sum(value.NS.map(numberBytes));
  if (value.BS !== undefined) return sum(value.BS.map((bytes) => bytes.length));
  if (value.L !== undefined) {
    return DOCUMENT_OVERHEAD_BYTES + sum(value.L.map((member) => MEMBER_OVERHEAD_BYTES + attributeSize(member)));
  }
  if (value.M !== undefined) {
    return DOCUMENT_OVERHEAD_BYTES + MEMBER_OVERHEAD_BYTES * Object.keys(value.M).length + itemSize(value.M);
  }
  throw new UnknownAttributeTypeError(value);
}

/** One byte for every two significant digits, one more, and one for a minus sign. */
function numberBytes(text: string): number {
  return Math.ceil(significantDigits(text) / 2) + 1 + (isNegative(text) ? 1 : 0);
}

function textBytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
