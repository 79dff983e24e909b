import { Big } from "big.js";
import { type AttributeValue, bytesOf, typeOf } from "./attribute-value.ts";

/** Whether two attributes are the same to DynamoDB: typed and deep, numbers by value, sets in any order, binary by bytes. */
export function attributesEqual(left: AttributeValue, right: AttributeValue): boolean {
  if (left === right) return true;
  const type = typeOf(left);
  if (type !== typeOf(right)) return false;
  switch (type) {
    case "S":
      return left.S === right.S;
    case "N":
      return numbersEqual(left.N ?? "", right.N ?? "");
    case "B":
      return binariesEqual(left.B ?? "", right.B ?? "");
    case "BOOL":
      return left.BOOL === right.BOOL;
    case "NULL":
      return true;
    case "SS":
      return setsEqual(left.SS ?? [], right.SS ?? [], (member) => member);
    case "NS":
      return setsEqual(left.NS ?? [], right.NS ?? [], (member) => new Big(member).toFixed());
    case "BS":
      return setsEqual(left.BS ?? [], right.BS ?? [], (member) => Buffer.from(bytesOf(member)).toString("base64"));
    case "L":
      return listsEqual(left.L ?? [], right.L ?? []);
    case "M":
      return mapsEqual(left.M ?? {}, right.M ?? {});
  }
}

/** Whether two numbers are the same decimal: `1.0` is `1`. */
export function numbersEqual(left: string, right: string): boolean {
  return left === right || new Big(left).eq(right);
}

/** Whether two binaries hold the same bytes. */
export function binariesEqual(left: string | Uint8Array, right: string | Uint8Array): boolean {
  return left === right || Buffer.compare(bytesOf(left), bytesOf(right)) === 0;
}

/** Whether two whole items (or maps) have the same attributes with equal values. */
export function mapsEqual(
  left: Readonly<Record<string, AttributeValue>>,
  right: Readonly<Record<string, AttributeValue>>,
): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const [mine, other] = [left[name], Object.hasOwn(right, name) ? right[name] : undefined];
    return mine !== undefined && other !== undefined && attributesEqual(mine, other);
  });
}

function listsEqual(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  return (
    left.length === right.length &&
    left.every((mine, index) => {
      const other = right[index];
      return other !== undefined && attributesEqual(mine, other);
    })
  );
}

function setsEqual<Member>(
  left: readonly Member[],
  right: readonly Member[],
  canonical: (member: Member) => string,
): boolean {
  const members = new Set(left.map(canonical));
  const others = new Set(right.map(canonical));
  return members.size === others.size && [...members].every((member) => others.has(member));
}
