import { expect, test } from "vitest";
import { toStatements, UnexplainedWildcard } from "../../../infra/permissions/permission.ts";

test("a permission becomes a statement with its conditions", () => {
  const conditions = { ArnEquals: { "iam:PolicyARN": "p" } };

  const [statement] = toStatements([
    { reason: "r", actions: ["iam:AttachRolePolicy"], resources: ["role"], conditions },
  ]);

  expect(statement?.toStatementJson()).toEqual({
    Effect: "Allow",
    Action: "iam:AttachRolePolicy",
    Resource: "role",
    Condition: conditions,
  });
});

test("a permission without resources gives no statement, rather than one on nothing or on everything", () => {
  expect(toStatements([{ reason: "r", actions: ["ssm:PutParameter"], resources: [] }])).toEqual([]);
});

test.each([
  ["a resource", ["s3:GetObject"], ["arn:aws:s3:::bucket/*"]],
  ["an action", ["s3:*"], ["arn:aws:s3:::bucket/key"]],
])("a wildcard in %s needs its reason", (_, actions, resources) => {
  const permission = { reason: "Reads lists.", actions, resources };

  expect(() => toStatements([permission])).toThrow(UnexplainedWildcard);
  expect(() => toStatements([permission])).toThrow(/Reads lists/);
  expect(toStatements([{ ...permission, wildcard: "Users name them." }])).toHaveLength(1);
});
