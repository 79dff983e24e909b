import { describe, expect, it } from "vitest";
import { fits, MAX_EXPRESSION_BYTES, MAX_EXPRESSION_OPERATORS } from "../../../functions/repair/expression-limits.ts";
import { guardedWrite, isGuardable } from "../../../functions/repair/guard.ts";
import type { DeleteRepair, UpdateRepair } from "../../../functions/repair/repair.ts";
import { evaluateCondition } from "../../../local/dynamodb/condition-expression.ts";
import { item, KEY, KEY_SCHEMA } from "./support/items.ts";

const TARGET = { table: "orders", key: KEY, keySchema: KEY_SCHEMA, pinVersion: false };

function update(count: number, more: Partial<UpdateRepair> = {}): UpdateRepair {
  const names = Array.from({ length: count }, (_, index) => `attribute-${index}`);
  return {
    action: "update",
    set: Object.fromEntries(names.map((name) => [name, { N: "1" }])),
    remove: [],
    expected: Object.fromEntries(names.map((name) => [name, { N: "2" }])),
    guard: "attributes",
    ...more,
  };
}

describe("the guard of an update", () => {
  it("asks for the item and for each attribute that is reverted", () => {
    const repair = update(1, { set: { a: { N: "1" } }, remove: ["b"], expected: { a: null, b: { S: "x" } } });

    expect(guardedWrite(repair, TARGET)).toEqual({
      command: "UpdateItem",
      input: {
        TableName: "orders",
        Key: KEY,
        ConditionExpression: "attribute_exists(#n0) AND attribute_not_exists(#n1) AND #n2 = :v0",
        UpdateExpression: "SET #n1 = :v1 REMOVE #n2",
        ExpressionAttributeNames: { "#n0": "id", "#n1": "a", "#n2": "b" },
        ExpressionAttributeValues: { ":v0": { S: "x" }, ":v1": { N: "1" } },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    });
  });

  it("counts the version up, and pins it only when told to", () => {
    const repair = update(1, { version: { attribute: "v", live: { N: "4" } } });
    const [loose, pinned] = [false, true].map((pinVersion) => guardedWrite(repair, { ...TARGET, pinVersion }));

    expect(loose?.input.ConditionExpression).toBe("attribute_exists(#n0) AND #n1 = :v0");
    expect(pinned?.input.ConditionExpression).toBe("attribute_exists(#n0) AND #n1 = :v0 AND #n2 = :v1");
    expect(loose?.command === "UpdateItem" && loose.input.UpdateExpression).toBe(
      "SET #n1 = :v1, #n2 = if_not_exists(#n2, :v2) + :v3",
    );
  });

  it("pins a version that is not there by its absence", () => {
    const repair = update(1, { version: { attribute: "v", live: null } });

    expect(guardedWrite(repair, { ...TARGET, pinVersion: true }).input.ConditionExpression).toBe(
      "attribute_exists(#n0) AND #n1 = :v0 AND attribute_not_exists(#n2)",
    );
  });

  it("is within DynamoDB's limits wherever it is said to be, as DynamoDB counts", () => {
    const counts = Array.from({ length: 160 }, (_, index) => index + 1);
    const versions = [undefined, { attribute: "v", live: { N: "1" } }] as const;

    for (const count of counts) {
      for (const version of versions) {
        const repair = update(count, version ? { version } : {});
        if (!isGuardable(repair, KEY_SCHEMA)) continue;
        const { input } = guardedWrite(repair, { ...TARGET, pinVersion: true });
        const names = Object.fromEntries(
          Object.entries(input.ExpressionAttributeNames).filter(([name]) => input.ConditionExpression.includes(name)),
        );
        const values = Object.fromEntries(
          Object.entries(input.ExpressionAttributeValues ?? {}).filter(([value]) =>
            new RegExp(`${value}\\b`).test(input.ConditionExpression),
          ),
        );
        expect(evaluateCondition(input.ConditionExpression, names, values, undefined)).toBe(false);
      }
    }
    expect(isGuardable(update(149), KEY_SCHEMA)).toBe(true);
    expect(isGuardable(update(150), KEY_SCHEMA)).toBe(false);
  });

  it("is too wide where the lost attributes alone fill 4 KB", () => {
    const names = Array.from({ length: 140 }, (_, index) => `attribute-${index}`);
    const lost = update(140, { expected: Object.fromEntries(names.map((name) => [name, null])) });

    expect(isGuardable(lost, KEY_SCHEMA)).toBe(false);
  });
});

describe("the guard of a delete", () => {
  const repair: DeleteRepair = {
    action: "delete",
    expected: item({ a: 1 }),
    absent: ["gone"],
    guard: "attributes",
    needsFreeze: true,
  };

  it("demands every attribute, and the absence of every other that was ever seen", () => {
    const { input } = guardedWrite(repair, TARGET);
    const holds = (now: Parameters<typeof item>[0]) =>
      evaluateCondition(
        input.ConditionExpression,
        input.ExpressionAttributeNames,
        input.ExpressionAttributeValues,
        item(now),
      );

    expect(holds({ a: 1 })).toBe(true);
    expect(holds({ a: { N: "1.0" }, unseen: 1 })).toBe(true);
    expect(holds({ a: 2 })).toBe(false);
    expect(holds({ a: 1, gone: 1 })).toBe(false);
    expect(holds({})).toBe(false);
  });

  it("asks for what was deleted", () => {
    expect(guardedWrite(repair, TARGET).input).toMatchObject({ ReturnValues: "ALL_OLD" });
  });
});

describe("the limits of an expression", () => {
  it("are 4 KB and 300 operators", () => {
    expect(fits({ text: "x".repeat(MAX_EXPRESSION_BYTES), operators: MAX_EXPRESSION_OPERATORS })).toBe(true);
    expect(fits({ text: "x".repeat(MAX_EXPRESSION_BYTES + 1), operators: 1 })).toBe(false);
    expect(fits({ text: "ü".repeat(MAX_EXPRESSION_BYTES / 2 + 1), operators: 1 })).toBe(false);
    expect(fits({ text: "", operators: MAX_EXPRESSION_OPERATORS + 1 })).toBe(false);
  });
});
