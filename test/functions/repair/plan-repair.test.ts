import { describe, expect, it } from "vitest";
import { planRepair } from "../../../functions/repair/plan-repair.ts";
import { images, item, NOW, rules } from "./support/items.ts";
import { ATTRIBUTE_RULES } from "./support/rules/attributes.ts";
import { ITEM_ROWS } from "./support/rules/items.ts";
import { COMPUTED, DECIDED, DELTA, DOUBTFUL, PREDICATE, RESET } from "./support/rules/judged.ts";
import { LIMITS } from "./support/rules/limits.ts";
import type { PlanCase } from "./support/rules/plan-case.ts";
import { SELECTION } from "./support/rules/selection.ts";
import { VERSIONS } from "./support/rules/versions.ts";
import { WITHOUT_AFTER } from "./support/rules/without-after.ts";
import { WRITTEN_AFTER } from "./support/rules/written-after.ts";

const TABLES: readonly (readonly [string, readonly PlanCase[]])[] = [
  ["every row of the table of items", ITEM_ROWS],
  ["every rule for attributes of an item that stays", ATTRIBUTE_RULES],
  ["two images cannot tell a bug from a good write", WITHOUT_AFTER],
  ["changed is not damaged", SELECTION],
  ["`after` is exact only for items last written in the incident", WRITTEN_AFTER],
  ["a version is never reverted and always raised", VERSIONS],
  ["what is beyond the limits is listed, not guessed", LIMITS],
  ["a predicate picks items, not attributes", PREDICATE],
  ["a counter's difference is taken back, and only once", DELTA],
  ["a computed value", COMPUTED],
  ["a person's decision about one item", DECIDED],
  ["an item that is reset", RESET],
  ["what may not be ours, in an undo,", DOUBTFUL],
];

describe.each(TABLES)("%s", (_, cases) => {
  it.each(cases.map((one) => [one.title, one] as const))("%s", (_title, one) => {
    expect(planRepair(one.images, one.rules, one.judgement)).toMatchObject(one.repair);
  });
});

describe("pitfalls that were found by modelling the rules", () => {
  it("35: reverting every difference without `after` would undo good writes, so it is not done unasked", () => {
    const repair = planRepair(images({ total: 5, note: "old" }, undefined, { total: 0, note: "new" }), rules());

    expect(repair).toEqual({ action: "conflict", reason: "two-way", attributes: ["note", "total"] });
  });

  it("an old backup as `before` tells as little: what changed since may be good, so it is not done unasked", () => {
    const changed = images({ total: 5, note: "old" }, { total: 5, note: "new" }, { total: 5, note: "new" });
    const old = { beforeIsOlder: true, selection: "keys" } as const;

    expect(planRepair(changed, rules(old))).toEqual({ action: "conflict", reason: "two-way", attributes: ["note"] });
    expect(planRepair(images({ total: 5 }, null, null), rules(old))).toMatchObject({ action: "conflict" });
    expect(planRepair(images(null, { total: 5 }, { total: 5 }), rules({ ...old, created: "delete" }))).toEqual({
      action: "created",
    });
    const accepted = rules({ ...old, acceptMayLoseGoodWrites: true });
    expect(planRepair(changed, accepted)).toMatchObject({ action: "update", set: { note: { S: "old" } } });
    expect(planRepair(changed, rules({ ...old, attributes: { only: ["total"] } }))).toEqual({ action: "unchanged" });
  });

  it("36: a good write to another attribute does not keep a damaged item from being repaired", () => {
    const repair = planRepair(
      images({ total: 5, note: "old" }, { total: 0, note: "old" }, { total: 0, note: "new" }),
      rules(),
    );

    expect(repair).toMatchObject({ action: "update", set: { total: { N: "5" } }, remove: [] });
  });

  it("37: a change in the window is no damage until somebody says so", () => {
    const repair = planRepair(images({ note: "old" }, { note: "new" }, { note: "new" }), rules({ selection: "none" }));

    expect(repair).toEqual({ action: "conflict", reason: "unselected", attributes: ["note"] });
  });

  it("16: an item that TTL has taken is not raised from the dead, but one with a timestamp of long ago is no TTL's", () => {
    const withTtl = rules({ ttlAttribute: "ttl" });
    const sixYears = 6 * 365 * 24 * 3600;

    expect(planRepair(images({ ttl: NOW - 60 }, null, null), withTtl)).toEqual({ action: "expired" });
    expect(planRepair(images({ ttl: NOW - sixYears }, null, null), withTtl)).toMatchObject({ action: "put" });
  });

  it("an attribute may have the name of anything that JavaScript objects inherit", () => {
    const repair = planRepair(
      images({ a: 1 }, { a: 1, constructor: 2, toString: 3 }, { a: 1, constructor: 2, toString: 3 }),
      rules(),
    );

    expect(repair).toMatchObject({ action: "update", set: {}, remove: ["constructor", "toString"] });
  });

  it("the key is never written, however the rules name it", () => {
    const repair = planRepair(images({ a: 1 }, { a: 2 }, { a: 2 }), rules({ attributes: { only: ["id", "a"] } }));

    expect(repair).toMatchObject({ set: { a: { N: "1" } }, remove: [] });
  });

  it("plans the same from the same images, and leaves them alone", () => {
    const known = images({ a: 1, v: 1 }, null, null);
    const copy = structuredClone(known);
    const by = rules({ versionAttribute: "v" });

    expect(planRepair(known, by)).toEqual(planRepair(copy, by));
    expect(known).toEqual(copy);
    expect(known.before).toEqual(item({ a: 1, v: 1 }));
  });
});
