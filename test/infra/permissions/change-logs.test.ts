import { expect, test } from "vitest";
import { deployedTemplate, statementsOf } from "../template.ts";

const template = deployedTemplate();
const mayDo = (role: string, action: string) =>
  statementsOf(template, role).filter(({ Action }) => [Action].flat().includes(action));

test("keys are looked up in the change logs that are configured, and in no other log", () => {
  const [query, ...others] = mayDo("backstitch-collect-keys", "logs:StartQuery");

  expect(others).toEqual([]);
  expect(JSON.stringify(query?.Resource)).toMatch(/"[^"]*:log-group:\/orders\/changes:\*"/);
  expect([query?.Resource].flat()).toHaveLength(1);
});

test("no other step may query logs", () => {
  const roles = Object.values(template.findResources("AWS::IAM::Role")).map(({ Properties }) => Properties.RoleName);

  expect(roles.filter((role) => mayDo(role, "logs:StartQuery").length > 0)).toEqual(["backstitch-collect-keys"]);
  expect(mayDo("backstitch-preflight", "logs:DescribeLogGroups")).toHaveLength(1);
});
