import { describe, expect, it } from "vitest";
import { checkKeys } from "../../../functions/request/check-keys.ts";
import { requestWith, schema } from "./fixtures.ts";

describe("keys of a request", () => {
  it.each([
    [{ keys: [{ pk: "a", sk: 1 }] }, "N"],
    [{ keys: [{ pk: "a", sk: "1" }] }, "N"],
    [{ keys: [{ pk: { S: "a" }, sk: { N: "1" } }] }, "N"],
    [{ keys: [{ pk: "a" }] }, undefined],
    [{ keysFrom: { partition: { key: "a" } } }, "S"],
    [{ keysFrom: { partition: { key: { pk: "a" }, sortKeyPrefix: "2026" } } }, "S"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: [9, 10] } } }, "N"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: ["10", "9"] } } }, "S"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: ["x", "x"] } } }, "S"],
    [{ keysFrom: { s3: { key: "uploads/a.csv" } } }, "S"],
  ] as const)("%j fit a sort key of type %s", (fields, sortKey) => {
    expect(() => checkKeys(requestWith(fields), schema(sortKey))).not.toThrow();
  });

  it.each([
    [{ keys: [{ pk: "a" }] }, "N", 'Field "keys.0" is {"pk":"a"}: Key attribute sk is missing'],
    [{ keys: [{ pk: "a", sk: "b" }] }, "N", 'Key attribute sk is "b"; this table wants a number'],
    [{ keys: [{ pk: "a" }, { pk: "" }] }, undefined, 'Field "keys.1" is {"pk":""}: Key attribute pk is empty'],
    [{ keys: [{ pk: "a", sk: "not base64!" }] }, "B", "this table wants base64"],
    [{ keysFrom: { partition: { key: { sk: "a" } } } }, "S", 'Field "keysFrom.partition" is {"key":{"sk":"a"}}'],
    [{ keysFrom: { partition: { key: "a", sortKeyPrefix: "1" } } }, undefined, "the table has no sort key"],
    [{ keysFrom: { partition: { key: "a", sortKeyPrefix: "1" } } }, "N", "give sortKeyBetween"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: [10, 9] } } }, "N", "ends before it begins"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: ["b", "a"] } } }, "S", "ends before it begins"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: ["/w==", "AA=="] } } }, "B", "ends before it begins"],
  ] as const)("%j don't fit a sort key of type %s", (fields, sortKey, message) => {
    expect(() => checkKeys(requestWith(fields), schema(sortKey))).toThrow(message);
  });
});

describe("decisions about items", () => {
  it("are refused where two are about one item, however its key is written", () => {
    const decisions = [
      { key: { pk: "a" }, decision: "keep" as const },
      { key: { pk: { S: "a" } }, decision: "revert" as const },
    ];

    expect(() => checkKeys(requestWith({ evidence: { from: "night-1" }, decisions }), schema(undefined))).toThrow(
      /"decisions.0" and "decisions.1" are about the same item/,
    );
  });
});
