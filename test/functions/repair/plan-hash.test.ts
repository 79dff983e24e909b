import { describe, expect, it } from "vitest";
import { planEntry } from "../../../functions/repair/plan-entry.ts";
import { hashApproved, hashOf, hashPart, hashPlan } from "../../../functions/repair/plan-hash.ts";
import { images, KEY, rules } from "./support/items.ts";

const DAMAGED = images({ a: 1, b: 1, v: 1 }, { a: 2, b: 2, v: 2 }, { a: 2, b: 2, v: 2 });
const RULES = rules({ versionAttribute: "v" });

describe("the hash of a plan", () => {
  it("is the same for the same plan, whatever the order of members", () => {
    expect(hashOf({ a: 1, b: [1, 2] })).toBe(hashOf({ b: [1, 2], a: 1 }));
    expect(hashOf({ a: 1 })).toMatch(/^[0-9a-f]{64}$/);
    expect(hashPart([planEntry(KEY, DAMAGED, RULES)])).toBe(
      hashPart([planEntry(KEY, structuredClone(DAMAGED), RULES)]),
    );
  });

  it("covers keys, actions, values and guards", () => {
    const entry = planEntry(KEY, DAMAGED, RULES);
    const others = [
      entry,
      { ...entry, key: { id: { S: "order-2" } } },
      { ...entry, repair: { action: "unchanged" } as const },
      planEntry(KEY, images({ a: 7, b: 1, v: 1 }, { a: 2, b: 2, v: 2 }, { a: 2, b: 2, v: 2 }), RULES),
      planEntry(KEY, { ...DAMAGED, live: { ...DAMAGED.live, v: { N: "3" } } }, RULES),
      planEntry(KEY, DAMAGED, rules()),
    ];

    expect(new Set(others.map((one) => hashPart([one]))).size).toBe(others.length);
  });

  it("depends on the order of the parts", () => {
    expect(hashPlan(["a", "b"])).not.toBe(hashPlan(["b", "a"]));
    expect(hashPlan(["ab"])).not.toBe(hashPlan(["a", "b"]));
  });
});

describe("the hash of what was approved", () => {
  const a = { kind: "updated", attributes: ["a", "b"], revert: ["a"] } as const;
  const b = { kind: "deleted", attributes: [] } as const;

  it("covers the plan and every choice", () => {
    const approved = [
      hashApproved("plan-1"),
      hashApproved("plan-2"),
      hashApproved("plan-1", { groups: [a] }),
      hashApproved("plan-1", { groups: [{ ...a, revert: ["b"] }] }),
      hashApproved("plan-1", { groups: [a, b] }),
      hashApproved("plan-1", { groups: [a], accept: "may-lose-good-writes" }),
    ];

    expect(new Set(approved).size).toBe(approved.length);
  });

  it("does not depend on the order in which somebody ticked the boxes", () => {
    expect(hashApproved("plan-1", { groups: [a, b] })).toBe(
      hashApproved("plan-1", { groups: [b, { ...a, attributes: ["b", "a"] }] }),
    );
  });
});
