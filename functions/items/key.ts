import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { canonicalNumber, isNumber } from "./decimal.ts";
import { attributeOf, type Item } from "./item.ts";
import { fromBase64 } from "./item-json.ts";

export interface KeyAttribute {
  readonly name: string;
  readonly type: "S" | "N" | "B";
  readonly role: "HASH" | "RANGE";
}

/** Key attributes in the table's order. There may be more than one of each role: never assume HASH + RANGE only. */
export interface KeySchema {
  readonly attributes: readonly KeyAttribute[];
}

/** Thrown when a key does not fit the table's key schema; the message says which attribute, which value, what to write. */
export class InvalidKeyError extends Error {
  readonly attribute: string;

  constructor(attribute: string, problem: string, remedy: string) {
    super(`Key attribute ${attribute} ${problem}; ${remedy}.`);
    this.name = "InvalidKeyError";
    this.attribute = attribute;
  }
}

/** The key attributes of an item. */
export function keyOf(item: Item, keySchema: KeySchema): Item {
  return Object.fromEntries(
    keySchema.attributes.map(({ name, type }) => {
      const value = attributeOf(item, name);
      if (value?.[type] === undefined) throw new InvalidKeyError(name, "is missing", `every item has it as ${type}`);
      return [name, value];
    }),
  );
}

/** One text for each key, and never the same for two: the identity of an item in files, maps and outcomes. */
export function canonicalKey(key: Item, keySchema: KeySchema): string {
  const values = keySchema.attributes.map(({ name, type }) => {
    const value = attributeOf(key, name);
    if (type === "S" && value?.S !== undefined) return value.S;
    if (type === "N" && value?.N !== undefined) return canonicalNumber(value.N);
    if (type === "B" && value?.B !== undefined) return Buffer.from(value.B).toString("base64");
    throw new InvalidKeyError(name, "is missing", `a key of this table has it as ${type}`);
  });
  return JSON.stringify(values);
}

/** The first partition key attribute: what `attribute_exists` asks for to know that an item is there. */
export function partitionKeyName(keySchema: KeySchema): string {
  const partition = keySchema.attributes.find(({ role }) => role === "HASH");
  if (!partition) throw new InvalidKeyError("(none)", "is missing in the key schema", "give the HASH attribute");
  return partition.name;
}

/** "The minimum length of a partition key value is 1 byte. The maximum length is 2048 bytes", of a sort key 1024. */
const MAX_KEY_BYTES = { HASH: 2048, RANGE: 1024 } as const;

/** Types a key that a person wrote, as plain scalars or as AttributeValues, by the table's key schema. */
export function typedKey(plain: Readonly<Record<string, unknown>>, keySchema: KeySchema): Item {
  const names = keySchema.attributes.map(({ name }) => name);
  const stranger = Object.keys(plain).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    throw new InvalidKeyError(
      shown(stranger),
      "is not in the key schema",
      `the key of this table is ${names.join(", ")}`,
    );
  }
  return Object.fromEntries(
    keySchema.attributes.map((attribute) => {
      const value = Object.hasOwn(plain, attribute.name) ? plain[attribute.name] : undefined;
      if (value === undefined || value === null) {
        throw new InvalidKeyError(attribute.name, "is missing", `give it as ${EXAMPLE[attribute.type]}`);
      }
      return [attribute.name, typedValue(attribute, value)];
    }),
  );
}

const LONGEST_SHOWN = 80;
const EXAMPLE = { S: 'text ("order-1")', N: 'a number (42 or "42")', B: 'base64 text ("aGVsbG8=")' } as const;

function typedValue(attribute: KeyAttribute, given: unknown): AttributeValue {
  const value = untagged(attribute, given);
  if (attribute.type === "N") return { N: numberText(attribute, value) };
  if (attribute.type === "B") return { B: withinLimit(attribute, value, bytesOf(attribute, value)) };
  if (typeof value !== "string") throw wrongType(attribute, value);
  // It would be replaced on its way to DynamoDB: another key.
  if (!value.isWellFormed())
    throw new InvalidKeyError(
      attribute.name,
      `is ${shown(JSON.stringify(value))}, which holds half of a character (a lone surrogate)`,
      "write the whole character",
    );
  withinLimit(attribute, value, Buffer.from(value, "utf8"));
  return { S: value };
}

/** The value inside `{"S": …}`; a plain scalar as it is. */
function untagged(attribute: KeyAttribute, given: unknown): unknown {
  if (typeof given !== "object" || given === null || given instanceof Uint8Array) return given;
  const [entry, ...others] = Object.entries(given);
  if (!entry || others.length > 0 || entry[0] !== attribute.type) throw wrongType(attribute, given);
  if (attribute.type !== "B" && typeof entry[1] !== "string") throw wrongType(attribute, given);
  return entry[1];
}

function numberText(attribute: KeyAttribute, value: unknown): string {
  if (typeof value === "number") {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new InvalidKeyError(attribute.name, `is ${value}, which JSON numbers hold inexactly`, "write it as text");
    }
    if (Number.isFinite(value) && isNumber(String(value))) return String(value);
  }
  if (typeof value === "string" && isNumber(value)) return value;
  throw wrongType(attribute, value);
}

function bytesOf(attribute: KeyAttribute, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") throw wrongType(attribute, value);
  try {
    return fromBase64(value);
  } catch {
    throw wrongType(attribute, value);
  }
}

function withinLimit(attribute: KeyAttribute, value: unknown, bytes: Uint8Array): Uint8Array {
  const limit = MAX_KEY_BYTES[attribute.role];
  if (bytes.length === 0) throw new InvalidKeyError(attribute.name, "is empty", "DynamoDB has no empty keys");
  if (bytes.length > limit) {
    const start = typeof value === "string" ? ` ("${value.slice(0, 20).toWellFormed()}…")` : "";
    throw new InvalidKeyError(
      attribute.name,
      `has ${bytes.length} bytes${start}`,
      `a ${attribute.role} key has at most ${limit}`,
    );
  }
  return bytes;
}

function wrongType(attribute: KeyAttribute, value: unknown): InvalidKeyError {
  const given = value instanceof Uint8Array ? "binary" : shown(jsonOf(value));
  return new InvalidKeyError(attribute.name, `is ${given}`, `this table wants ${EXAMPLE[attribute.type]}`);
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "nested too deep";
  }
}

/** The beginning of what was written: a whole line of a list may stand where a key should. */
function shown(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…`.toWellFormed() : text;
}
