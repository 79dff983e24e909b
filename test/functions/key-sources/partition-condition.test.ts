import { describe, expect, it } from "vitest";
import type { RecoveryRequest } from "../../../functions/contracts.ts";
import type { KeySchema } from "../../../functions/items/key.ts";
import { partitionCondition } from "../../../functions/key-sources/partition-condition.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";

type Partition = Extract<NonNullable<RecoveryRequest["keysFrom"]>, { partition: unknown }>["partition"];
const attribute = (name: string, type: "S" | "N" | "B", role: "HASH" | "RANGE") => ({ name, type, role });
const textSorted: KeySchema = { attributes: [attribute("pk", "S", "HASH"), attribute("sk", "S", "RANGE")] };
const numberSorted: KeySchema = { attributes: [attribute("pk", "N", "HASH"), attribute("sk", "N", "RANGE")] };
const unsorted: KeySchema = { attributes: [attribute("S", "S", "HASH")] };

const condition = (partition: Partition, keySchema: KeySchema) =>
  partitionCondition({ keySchema, request: { keysFrom: { partition } } as Recovery["request"] });

describe("partitionCondition", () => {
  it("asks for keys alone", () => {
    expect(condition({ key: "a" }, textSorted)).toEqual({
      KeyConditionExpression: "#k0 = :k0",
      ProjectionExpression: "#k0, #k1",
      ExpressionAttributeNames: { "#k0": "pk", "#k1": "sk" },
      ExpressionAttributeValues: { ":k0": { S: "a" } },
    });
  });

  it.each<[string, Partition, KeySchema, unknown]>([
    ["plain text", { key: "a" }, textSorted, { S: "a" }],
    ["a plain number", { key: 7 }, numberSorted, { N: "7" }],
    ["a quoted number of many digits", { key: "9007199254740993" }, numberSorted, { N: "9007199254740993" }],
    ["an AttributeValue", { key: { S: "a" } }, textSorted, { S: "a" }],
    ["an object that names the attribute", { key: { pk: "a" } }, textSorted, { S: "a" }],
    ["an object that names an attribute called S", { key: { S: "a" } }, unsorted, { S: "a" }],
  ])("takes %s as the partition key", (_name, partition, keySchema, value) => {
    expect(condition(partition, keySchema).ExpressionAttributeValues[":k0"]).toEqual(value);
  });

  it("narrows to a prefix of the sort key", () => {
    expect(condition({ key: "a", sortKeyPrefix: "2026-11" }, textSorted)).toMatchObject({
      KeyConditionExpression: "#k0 = :k0 AND begins_with(#k1, :prefix)",
      ExpressionAttributeValues: { ":prefix": { S: "2026-11" } },
    });
  });

  it("narrows to a range of the sort key", () => {
    expect(condition({ key: 1, sortKeyBetween: [-1, "10.50"] }, numberSorted)).toMatchObject({
      KeyConditionExpression: "#k0 = :k0 AND #k1 BETWEEN :from AND :to",
      ExpressionAttributeValues: { ":from": { N: "-1" }, ":to": { N: "10.50" } },
    });
  });

  it.each<[string, Partition, KeySchema, RegExp]>([
    ["a key of the wrong type", { key: "seven" }, numberSorted, /partition\.key: Key attribute pk is "seven"/],
    [
      "an unknown attribute",
      { key: { id: "a" } },
      textSorted,
      /partition\.key: Key attribute id is not in the key schema/,
    ],
    ["the sort key in the partition key", { key: { pk: "a", sk: "b" } }, textSorted, /Key attribute sk is not in/],
    [
      "a prefix of a number",
      { key: 1, sortKeyPrefix: "1" },
      numberSorted,
      /sortKeyPrefix: sort key sk is a number.*sortKeyBetween/,
    ],
    [
      "a prefix without a sort key",
      { key: "a", sortKeyPrefix: "1" },
      unsorted,
      /sortKeyPrefix: the table has no sort key/,
    ],
    [
      "a prefix and a range",
      { key: "a", sortKeyPrefix: "1", sortKeyBetween: ["a", "b"] },
      textSorted,
      /give one of the two/,
    ],
    [
      "a range of the wrong type",
      { key: 1, sortKeyBetween: ["a", 2] },
      numberSorted,
      /sortKeyBetween: Key attribute sk is "a"/,
    ],
  ])("refuses %s", (_name, partition, keySchema, message) => {
    expect(() => condition(partition, keySchema)).toThrow(message);
    expect(() => condition(partition, keySchema)).toThrow(expect.objectContaining({ name: "InvalidKeys" }));
  });
});
