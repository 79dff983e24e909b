import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { itemSize } from "../../../functions/items/item-size.ts";

describe("the size of an item", () => {
  it.each<[AttributeValue, number]>([
    [{ S: "" }, 0],
    [{ S: "abc" }, 3],
    [{ S: "ü€" }, 5],
    [{ N: "0" }, 1],
    [{ N: "1" }, 2],
    [{ N: "-1" }, 3],
    [{ N: "1200" }, 2],
    [{ N: "12345" }, 4],
    [{ BOOL: true }, 1],
    [{ NULL: true }, 1],
    [{ B: new Uint8Array(7) }, 7],
    [{ SS: ["a", "bc"] }, 3],
    [{ NS: ["1", "-1"] }, 5],
    [{ BS: [new Uint8Array(2)] }, 2],
    [{ L: [] }, 3],
    [{ L: [{ S: "a" }, { S: "b" }] }, 7],
    [{ M: { k: { S: "a" } } }, 6],
  ])("counts %j as %i bytes beside its name", (value, bytes) => {
    expect(itemSize({ name: value })).toBe("name".length + bytes);
  });

  it("counts names as UTF-8", () => {
    expect(itemSize({ ü: { S: "" }, ab: { S: "" } })).toBe(4);
  });
});
