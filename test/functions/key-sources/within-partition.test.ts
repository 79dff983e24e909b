import { describe, expect, it } from "vitest";
import type { RecoveryRequest } from "../../../functions/contracts.ts";
import type { Item } from "../../../functions/items/item.ts";
import type { KeySchema } from "../../../functions/items/key.ts";
import { withinPartition } from "../../../functions/key-sources/within-partition.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";

type KeysFrom = RecoveryRequest["keysFrom"];
type Type = "S" | "N" | "B";
const sortedBy = (type: Type): KeySchema => ({
  attributes: [
    { name: "pk", type: "S", role: "HASH" },
    { name: "sk", type, role: "RANGE" },
  ],
});
const within = (keysFrom: KeysFrom, keySchema: KeySchema) =>
  withinPartition({ keySchema, request: { keysFrom } as Recovery["request"] });
const key = (pk: string, sk: Item[string]): Item => ({ pk: { S: pk }, sk });

describe("withinPartition", () => {
  it("has no say where the request names no partition", () => {
    expect(within(undefined, sortedBy("S"))).toBeUndefined();
    expect(within({ timestamp: { attribute: "at", format: "iso" } }, sortedBy("S"))).toBeUndefined();
  });

  it.each<[string, object, Type, Item[string], boolean]>([
    ["any sort key of the partition", {}, "S", { S: "x" }, true],
    ["text with the prefix", { sortKeyPrefix: "ORDER#" }, "S", { S: "ORDER#1" }, true],
    ["text without the prefix", { sortKeyPrefix: "ORDER#" }, "S", { S: "ORDER" }, false],
    ["bytes with the prefix", { sortKeyPrefix: "AQI=" }, "B", { B: Uint8Array.of(1, 2, 3) }, true],
    ["bytes without the prefix", { sortKeyPrefix: "AQI=" }, "B", { B: Uint8Array.of(1, 3, 2) }, false],
    ["the first number of a range", { sortKeyBetween: [9, 10] }, "N", { N: "9.0" }, true],
    ["a number past a range", { sortKeyBetween: [9, 10] }, "N", { N: "10.01" }, false],
    ["a number that only as text is in a range", { sortKeyBetween: [1, 2] }, "N", { N: "10" }, false],
    ["the last text of a range", { sortKeyBetween: ["a", "b"] }, "S", { S: "b" }, true],
    ["text past a range", { sortKeyBetween: ["a", "b"] }, "S", { S: "b " }, false],
  ])("judges %s", (_name, stretch, type, sk, expected) => {
    const isWithin = within({ partition: { key: "a", ...stretch } } as KeysFrom, sortedBy(type));

    expect(isWithin?.(key("a", sk))).toBe(expected);
    expect(isWithin?.(key("b", sk))).toBe(false);
  });
});
