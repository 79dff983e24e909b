import { describe, expect, it } from "vitest";
import type { KeySchema } from "../../../functions/items/key.ts";
import {
  choiceOf,
  groupId,
  groupOf,
  MAX_SAMPLES,
  MAX_TENANTS_SHOWN,
  mergeGroups,
} from "../../../functions/repair/group.ts";
import { keyShape } from "../../../functions/repair/key-shape.ts";
import { images, KEY } from "./support/items.ts";

const SIGNATURE = { kind: "updated", attributes: ["status", "total"], keyShape: "id=*" } as const;
const IMAGES = images({ status: "paid", total: 5, note: "n" }, undefined, { status: "void", total: 0, note: "n" });

function of(tenant: string) {
  return groupOf(SIGNATURE, { key: KEY, images: IMAGES, tenant });
}

describe("a group of changes", () => {
  it("has an id that depends on nothing but its signature", () => {
    expect(groupId(SIGNATURE)).toBe(groupId({ ...SIGNATURE, attributes: ["total", "status"] }));
    expect(groupId(SIGNATURE)).toMatch(/^updated-[0-9a-f]{12}$/);
    const others = [
      { ...SIGNATURE, kind: "deleted" as const },
      { ...SIGNATURE, attributes: ["status"] },
      { ...SIGNATURE, keyShape: "id=ORDER#*" },
    ];
    expect(new Set([SIGNATURE, ...others].map(groupId)).size).toBe(4);
  });

  it("counts by tenant, and shows a few samples of what changed", () => {
    const [group] = mergeGroups(
      [of("a")],
      [of("b")],
      Array.from({ length: 9 }, () => of("a")),
    );

    expect(group).toMatchObject({ count: 11, tenants: { a: 10, b: 1 }, otherTenants: 0 });
    expect(group?.samples).toHaveLength(MAX_SAMPLES);
    expect(group?.samples[0]).toEqual({
      key: { id: { S: "order-1" } },
      before: { status: { S: "paid" }, total: { N: "5" } },
      live: { status: { S: "void" }, total: { N: "0" } },
    });
  });

  it("shows what the incident left, where that is known", () => {
    const known = images({ status: "paid" }, { status: "void" }, { status: "void" });

    expect(groupOf({ ...SIGNATURE, attributes: ["status"] }, { key: KEY, images: known }).samples[0]).toMatchObject({
      before: { status: { S: "paid" } },
      after: { status: { S: "void" } },
      live: { status: { S: "void" } },
    });
  });

  it("knows its first and its last write, where the evidence has times", () => {
    const at = (first: string, last: string) =>
      groupOf(SIGNATURE, { key: KEY, images: { ...IMAGES, written: { first, last } } });

    const [group] = mergeGroups(
      [at("2026-11-20T02:05:00Z", "2026-11-20T02:06:00Z")],
      [of("a")],
      [at("2026-11-20T02:01:00Z", "2026-11-20T02:02:00Z")],
    );

    expect(group?.written).toEqual({ first: "2026-11-20T02:01:00Z", last: "2026-11-20T02:06:00Z" });
    expect(mergeGroups([of("a"), of("b")])[0]).not.toHaveProperty("written");
  });

  it("takes the write units of the bigger of what is there and what is put back, for each item", () => {
    const sized = (before: number, live: number) =>
      groupOf(SIGNATURE, {
        key: KEY,
        images: images({ note: "x".repeat(before) }, undefined, { note: "x".repeat(live) }),
      });

    expect(sized(10, 10).writeUnits).toBe(1);
    expect(sized(3000, 10).writeUnits).toBe(3);
    expect(sized(10, 5000).writeUnits).toBe(5);
    expect(mergeGroups([sized(3000, 10), sized(10, 10)])[0]?.writeUnits).toBe(4);
  });

  it("does not show values that are too big to look at", () => {
    const big = images({ status: "x".repeat(3000) }, undefined, { status: "y" });

    expect(groupOf(SIGNATURE, { key: KEY, images: big }).samples).toEqual([{ key: { id: { S: "order-1" } } }]);
  });

  it("names a limited number of tenants and counts the others together", () => {
    const [group] = mergeGroups(Array.from({ length: MAX_TENANTS_SHOWN + 20 }, (_, index) => of(`t${index}`)));

    expect(Object.keys(group?.tenants ?? {})).toHaveLength(MAX_TENANTS_SHOWN);
    expect(group).toMatchObject({ count: MAX_TENANTS_SHOWN + 20, otherTenants: 20 });
  });

  it("comes before smaller groups", () => {
    const small = groupOf({ ...SIGNATURE, kind: "deleted" }, { key: KEY, images: IMAGES });

    expect(mergeGroups([small, of("a"), of("a")]).map(({ kind, count }) => [kind, count])).toEqual([
      ["updated", 2],
      ["deleted", 1],
    ]);
  });

  it("is chosen by its signature", () => {
    expect(choiceOf(of("a"), ["status"])).toEqual({ ...SIGNATURE, revert: ["status"] });
    expect(choiceOf(of("a"))).toEqual(SIGNATURE);
  });
});

describe("the shape of a key", () => {
  const schema: KeySchema = {
    attributes: [
      { name: "pk", type: "S", role: "HASH" },
      { name: "sk", type: "S", role: "RANGE" },
    ],
  };

  it.each([
    ["TENANT#17", "ORDER#4", "pk=TENANT#*, sk=ORDER#*"],
    ["TENANT#17#LINE_ITEM:3", "META", "pk=TENANT#*#LINE_ITEM:*, sk=*"],
    ["acme", "order-1", "pk=*, sk=*"],
    ["", "a/b", "pk=*, sk=*/*"],
  ])("of %s and %s is %s", (pk, sk, shape) => {
    expect(keyShape({ pk: { S: pk }, sk: { S: sk } }, schema)).toBe(shape);
  });

  it("stays short whatever the key", () => {
    expect(keyShape({ pk: { S: "1#".repeat(500) }, sk: { S: "" } }, schema).length).toBeLessThan(40);
  });

  it("shows the type of keys that are no text", () => {
    const numbers: KeySchema = { attributes: [{ name: "id", type: "N", role: "HASH" }] };

    expect(keyShape({ id: { N: "7" } }, numbers)).toBe("id=N");
  });
});
