import { expect, test } from "vitest";
import { PropagatingPolicies } from "../../../local/iam/propagating-policies.ts";

const named = (name: string) => [{ name, document: { Statement: [] } }];

test("a host that knows early is ahead of the others, to and fro, until a change is in force everywhere", () => {
  const policies = new PropagatingPolicies();
  policies.change(named("first"), 0, true);
  policies.change(named("second"), 1000, false);

  const seen = [false, true, false].map((early) => policies.inForce(1500, 1000, early)[0]?.name);

  expect(seen).toEqual(["first", "second", "first"]);
  expect(policies.inForce(2000, 1000)[0]?.name).toBe("second");
});

test("a later change may be known before an earlier one is in force", () => {
  const policies = new PropagatingPolicies();
  policies.change(named("first"), 0, true);
  policies.change(named("second"), 1000, false);
  policies.change(named("third"), 1100, false);

  expect(policies.inForce(1200, 1000, true)[0]?.name).toBe("third");
  expect(policies.inForce(2050, 1000)[0]?.name).toBe("second");
});
