import { describe, expect, test } from "vitest";
import { sidOf } from "../../../functions/read-only/deny-statement.ts";
import {
  formatPolicy,
  parsePolicy,
  type Statement,
  samePolicy,
  sameStatement,
  withoutStatement,
  withStatement,
} from "../../../functions/read-only/policy-document.ts";

const parsed = (value: unknown) => {
  const document = parsePolicy(JSON.stringify(value));
  if (!document) throw new Error("not a policy");
  return document;
};

test.each(["", "no JSON", "[]", "null", '{"Version":"2012-10-17"}', '{"Statement":["x"]}'])(
  "%j is no document to put a statement into",
  (text) => {
    expect(parsePolicy(text)).toBeUndefined();
  },
);

test("a statement is put in and taken out alone, and all the rest stays as it is", () => {
  const document = parsed({ Version: "2008-10-17", Id: "theirs", Statement: { Effect: "Allow", Action: "x" } });

  const isOurs = ({ Sid }: Statement) => Sid === "Ours";

  const merged = withStatement(document, { Sid: "Ours", Effect: "Deny" }, isOurs);

  expect(JSON.parse(formatPolicy(merged))).toEqual({
    Version: "2008-10-17",
    Id: "theirs",
    Statement: [
      { Effect: "Allow", Action: "x" },
      { Sid: "Ours", Effect: "Deny" },
    ],
  });
  expect(withoutStatement(merged, isOurs)).toEqual(document);
});

describe("the same statement", () => {
  test.each([
    [{ Action: ["a"] }, { Action: "a" }, true],
    [{ Action: ["a", "b"] }, { Action: ["b", "a"] }, true],
    [{ Principal: "*" }, { Principal: { AWS: "*" } }, true],
    [{ Principal: { AWS: ["*"] } }, { Principal: "*" }, true],
    [{ Effect: "Deny", Sid: "S" }, { Sid: "S", Effect: "Deny" }, true],
    [{ Action: ["a", "b"] }, { Action: ["a"] }, false],
    [{ Principal: { AWS: "1" } }, { Principal: "*" }, false],
    [{ Condition: { ArnNotLike: { k: ["a"] } } }, { Condition: { ArnNotLike: { k: ["a", "b"] } } }, false],
    [{ Condition: { ArnNotLike: { k: "a" } } }, {}, false],
  ])("%j and %j: %s", (left, right, same) => {
    expect(sameStatement(left, right)).toBe(same);
  });

  test("policies are the same whatever the order of their statements", () => {
    const [a, b] = [{ Sid: "A" }, { Sid: "B" }];
    expect(samePolicy(parsed({ Statement: [a, b] }), parsed({ Statement: [b, a] }))).toBe(true);
    expect(samePolicy(parsed({ Statement: [a, b] }), parsed({ Statement: [a] }))).toBe(false);
    expect(samePolicy(parsed({ Version: "1", Statement: [a] }), parsed({ Version: "2", Statement: [a] }))).toBe(false);
  });
});

test("recoveries whose names differ in signs alone have Sids of their own, made of letters and digits", () => {
  const sids = ["a-b", "a_b", "ab", "a-b-", "A-b"].map(sidOf);
  expect(new Set(sids).size).toBe(5);
  for (const sid of sids) expect(sid).toMatch(/^Backstitch[0-9A-Za-z]+$/);
});
