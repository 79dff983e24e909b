/**
 * Least privilege, measured: every action of every statement that the template gives a role of ours was needed by some
 * scenario, or says here why none of them needs it. Runs after the scenarios, on what they wrote down.
 */
import { expect, test } from "vitest";
import { deployedTemplate, type Statement } from "../infra/template.ts";
import { readUsage } from "../support/authorization-usage.ts";
import { EXPLAINED } from "./explained.ts";

interface Granting {
  readonly Properties: {
    readonly PolicyName?: string;
    readonly ManagedPolicyName?: string;
    readonly Roles?: readonly { readonly Ref: string }[];
    readonly PolicyDocument: { readonly Statement: readonly (Statement & { readonly Sid?: string })[] };
  };
}

/** What decides, as the authorization log writes it, and how people call it: `<role or managed policy> <action>`. */
function grantedActions(): { readonly key: string; readonly name: string }[] {
  const template = deployedTemplate();
  const roles = template.findResources("AWS::IAM::Role");
  const policies = ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"].flatMap(
    (type) => Object.values(template.findResources(type)) as Granting[],
  );
  return policies.flatMap(({ Properties: { PolicyName, ManagedPolicyName, Roles = [], PolicyDocument } }) => {
    const owner = ManagedPolicyName ?? Roles.map(({ Ref }) => roles[Ref]?.Properties.RoleName ?? Ref).join(",");
    return PolicyDocument.Statement.flatMap(({ Sid, Action }, index) =>
      [Action].flat().map((action) => ({
        key: `${PolicyName ?? ManagedPolicyName}/${Sid ?? `#${index}`} ${action}`,
        name: `${owner} ${action}`,
      })),
    );
  });
}

test("every scenario has written down what it used: run `npm test`", () => {
  expect(readUsage().missing).toEqual([]);
});

test("no role has a permission that no scenario ever used and nobody explained", () => {
  const { used } = readUsage();
  const unused = grantedActions().filter(({ key }) => !used.has(key));

  expect(unused.map(({ name }) => name).filter((name) => !reasonOf(name))).toEqual([]);
});

test("no explanation stands for a permission that is not there any more", () => {
  const names = grantedActions().map(({ name }) => name);

  // One that is used after all may have been needed by a retry, which comes and goes with the time.
  expect(EXPLAINED.filter(({ permission }) => !names.some((name) => permission.test(name)))).toEqual([]);
});

function reasonOf(name: string): string | undefined {
  return EXPLAINED.find(({ permission }) => permission.test(name))?.reason;
}
