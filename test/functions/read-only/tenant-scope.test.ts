import { describe, expect, test } from "vitest";
import type { KeySchema } from "../../../functions/items/key.ts";
import {
  leadingKeys,
  partitionKeyOf,
  tenantOf,
  tenantOfValue,
  tenantScopeProblem,
} from "../../../functions/read-only/tenant-scope.ts";
import { literalText, wildcardMatcher } from "../../../local/iam/patterns.ts";

const keySchema = (type: "S" | "N"): KeySchema => ({ attributes: [{ name: "pk", type, role: "HASH" }] });

describe("the tenant of a partition key", () => {
  test.each([
    ["{tenant}", "acme", "acme"],
    ["{tenant}", "", undefined],
    ["TENANT#{tenant}", "TENANT#acme", "acme"],
    ["TENANT#{tenant}", "TENANT#acme#1", "acme#1"],
    ["TENANT#{tenant}", "USER#acme", undefined],
    ["TENANT#{tenant}", "TENANT#", undefined],
    ["{tenant}#orders", "acme#orders", "acme"],
    ["{tenant}#orders", "acme#users", undefined],
    ["{tenant}#*", "acme#1", "acme"],
    ["{tenant}#*", "acme#", "acme"],
    ["{tenant}#*", "acme", undefined],
    ["{tenant}#*", "#1", undefined],
    ["T#{tenant}#*", "T#acme#order#1", "acme"],
  ])("%s: %s belongs to %s", (tenantKey, value, tenant) => {
    expect(tenantOfValue(tenantKey, value)).toBe(tenant);
  });

  test("is read from the item's partition key, and unknown for keys that are no text", () => {
    const table = { tenantKey: "TENANT#{tenant}" };
    expect(tenantOf(table, keySchema("S"), { pk: { S: "TENANT#acme" } })).toBe("acme");
    expect(tenantOf(table, keySchema("N"), { pk: { N: "7" } })).toBeUndefined();
    expect(tenantOf({}, keySchema("S"), { pk: { S: "TENANT#acme" } })).toBeUndefined();
  });
});

describe("the leading keys of a statement", () => {
  test("a whole key is compared, a prefix is matched", () => {
    expect(leadingKeys("TENANT#{tenant}", ["a", "b"])).toEqual({
      operator: "ForAnyValue:StringEquals",
      values: ["TENANT#a", "TENANT#b"],
    });
    expect(leadingKeys("{tenant}#*", ["a"])).toEqual({ operator: "ForAnyValue:StringLike", values: ["a#*"] });
  });

  test.each(["a*b", "a?b", "a${b}", "$5", "${*}", "plain", "a$"])(
    "tenant %s is matched as it is written, and nothing else is",
    (tenant) => {
      for (const tenantKey of ["{tenant}", "{tenant}#*"]) {
        const [pattern = ""] = leadingKeys(tenantKey, [tenant]).values;
        const matches =
          tenantKey === "{tenant}"
            ? (value: string) => value === literalText(pattern, true)
            : wildcardMatcher(pattern, true);
        expect(matches(partitionKeyOf(tenantKey, tenant, "1"))).toBe(true);
        expect(matches(partitionKeyOf(tenantKey, tenant.replace(/[*?$]/, "X"), "1"))).toBe(!/[*?$]/.test(tenant));
      }
    },
  );
});

describe("freezing by tenants is refused", () => {
  test.each([
    ["without a tenantKey", undefined, "S", ["a"], 'no "tenantKey"'],
    ["for a partition key that is a number", "{tenant}", "N", ["a"], "of type N"],
    ["where nothing separates a tenant from what follows", "{tenant}*", "S", ["a"], "separator"],
    ["for a tenant that holds the separator", "{tenant}#*", "S", ["a", "b#c"], '"b#c"'],
  ] as const)("%s", (_why, tenantKey, type, tenants, message) => {
    expect(tenantScopeProblem(tenantKey ? { tenantKey } : {}, keySchema(type), tenants)).toContain(message);
  });

  test("but not otherwise", () => {
    expect(tenantScopeProblem({ tenantKey: "{tenant}#*" }, keySchema("S"), ["a", "b*"])).toBeUndefined();
  });
});
