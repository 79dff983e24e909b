import { describe, expect, it } from "vitest";
import { chooseGuards } from "../../../functions/request/choose-guards.ts";
import { ALL_GUARDS, requestWith, tableWith } from "./fixtures.ts";

describe("the guards of a recovery", () => {
  it.each([
    [{}, ALL_GUARDS],
    [{ mode: "plan" }, []],
    [{ readOnly: "none" }, []],
    [{ readOnly: { guards: ["table-policy"] } }, ["table-policy"]],
    [{ readOnly: { guards: ["ssm-flag", "ssm-flag"] } }, ["ssm-flag"]],
    [{ tenants: ["acme"] }, ["ssm-flag", "table-policy"]],
  ])("for %j are %j", (fields, guards) => {
    expect(chooseGuards(requestWith(fields), tableWith())).toEqual(guards);
  });

  it("are refused where one is not set up", () => {
    const request = requestWith({ readOnly: { guards: ["table-policy"] } });

    expect(() => chooseGuards(request, tableWith({ guards: ["ssm-flag"] }))).toThrow(
      'Field "readOnly.guards" has "table-policy", which is not set up for table "orders" (it has ssm-flag)',
    );
  });

  it("are refused where none can freeze tenants alone", () => {
    const request = requestWith({ tenants: ["acme"] });

    expect(() => chooseGuards(request, tableWith({ guards: ["iam-deny"] }))).toThrow("the only guard");
  });
});
