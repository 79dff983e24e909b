import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { z } from "zod";
import type { PartitionKeys } from "../contracts.ts";
import type { KeyAttribute, KeySchema } from "../items/key.ts";
import { InvalidKeys } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { typedOrInvalid } from "./typed-or-invalid.ts";

type Partition = z.infer<typeof PartitionKeys>;

export interface KeyCondition {
  readonly KeyConditionExpression: string;
  /** Keys only: their items are read later, part by part. */
  readonly ProjectionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

/** The condition of the Query that `keysFrom.partition` asks for; InvalidKeys where it does not fit the key schema. */
export function partitionCondition({ keySchema, request }: Pick<Recovery, "keySchema" | "request">): KeyCondition {
  const { keysFrom } = request;
  if (!keysFrom || !("partition" in keysFrom))
    throw new InvalidKeys('Request field keysFrom has no "partition": give one, or choose another key source.');
  const { partition } = keysFrom;
  const clauses: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  for (const [index, attribute] of keySchema.attributes.entries()) names[`#k${index}`] = attribute.name;

  for (const [name, value] of Object.entries(partitionKey(partition, keySchema))) {
    const index = keySchema.attributes.findIndex((attribute) => attribute.name === name);
    clauses.push(`#k${index} = :k${index}`);
    values[`:k${index}`] = value;
  }
  const stretch = sortStretch(partition, keySchema);
  if (stretch) {
    clauses.push(stretch.clause);
    Object.assign(values, stretch.values);
  }
  return {
    KeyConditionExpression: clauses.join(" AND "),
    ProjectionExpression: Object.keys(names).join(", "),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** A plain value for a partition key of one attribute, or an object that names each of its attributes. */
function partitionKey({ key }: Partition, keySchema: KeySchema) {
  const attributes = keySchema.attributes.filter(({ role }) => role === "HASH");
  const [only] = attributes;
  const where = "Request field keysFrom.partition.key";
  const isPlain = typeof key !== "object" || (only && isTagged(key, only));
  if (isPlain && (!only || attributes.length > 1))
    throw new InvalidKeys(
      `${where}: the partition key has ${attributes.length} attributes; give an object with ${attributes.map(({ name }) => name).join(", ")}.`,
    );
  return typedOrInvalid(
    isPlain && only ? { [only.name]: key } : (key as Record<string, unknown>),
    { attributes },
    where,
  );
}

/** `{ "S": "a" }` is an AttributeValue, unless the attribute itself is called S. */
function isTagged(key: object, attribute: KeyAttribute): boolean {
  const names = Object.keys(key);
  return names.length === 1 && names[0] === attribute.type && attribute.name !== attribute.type;
}

function sortStretch({ sortKeyPrefix: prefix, sortKeyBetween: between }: Partition, keySchema: KeySchema) {
  if (prefix === undefined && between === undefined) return undefined;
  const field = `Request field keysFrom.partition.${prefix === undefined ? "sortKeyBetween" : "sortKeyPrefix"}`;
  if (prefix !== undefined && between !== undefined)
    throw new InvalidKeys(`${field}: both a prefix and a range are given; give one of the two.`);
  const index = keySchema.attributes.findIndex(({ role }) => role === "RANGE");
  const attribute = keySchema.attributes[index];
  if (!attribute) throw new InvalidKeys(`${field}: the table has no sort key; leave it out.`);
  const typed = (value: unknown) =>
    typedOrInvalid({ [attribute.name]: value }, { attributes: [attribute] }, field)[attribute.name] as AttributeValue;
  if (between)
    return {
      clause: `#k${index} BETWEEN :from AND :to`,
      values: { ":from": typed(between[0]), ":to": typed(between[1]) },
    };
  if (attribute.type === "N")
    throw new InvalidKeys(
      `${field}: sort key ${attribute.name} is a number, which has no prefix; give sortKeyBetween.`,
    );
  return { clause: `begins_with(#k${index}, :prefix)`, values: { ":prefix": typed(prefix) } };
}
