import { describe, expect, it } from "vitest";
import { evaluate } from "../../../local/iam/evaluate.ts";
import type { AuthorizationRequest, PolicyDocument, PolicyStatement } from "../../../local/service.ts";
import { ACCOUNT, policy, request, roleSession, TABLE } from "./policies.ts";

type Case = readonly [
  title: string,
  expected: string,
  statement: PolicyStatement,
  asked?: Partial<AuthorizationRequest>,
];

const allow = (rest: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: "Allow",
  Action: "dynamodb:*",
  Resource: "*",
  ...rest,
});
const allowIf = (Condition: NonNullable<PolicyStatement["Condition"]>): PolicyStatement => allow({ Condition });
const leading = (...keys: string[]): Partial<AuthorizationRequest> => ({ context: { "dynamodb:LeadingKeys": keys } });
const APP = `arn:aws:iam::${ACCOUNT}:role/app`;

const IDENTITY_CASES: readonly Case[] = [
  ["Action with a wildcard covers", "allowed", allow()],
  ["Action matches in any case", "allowed", allow({ Action: "DynamoDB:updateitem" })],
  ["Action with ? matches one character", "allowed", allow({ Action: "dynamodb:UpdateIte?" })],
  ["Action with ? does not match none", "implicitDeny", allow({ Action: "dynamodb:UpdateItem?" })],
  ["another Action does not cover", "implicitDeny", allow({ Action: ["dynamodb:PutItem", "dynamodb:GetItem"] })],
  ["a dot in a pattern is a dot", "implicitDeny", allow({ Action: "dynamodb:Update.tem" })],
  [
    "NotAction leaves out what it names",
    "implicitDeny",
    { Effect: "Allow", NotAction: "dynamodb:Update*", Resource: "*" },
  ],
  ["NotAction covers the rest", "allowed", { Effect: "Allow", NotAction: "dynamodb:Delete*", Resource: "*" }],
  ["the exact Resource covers", "allowed", allow({ Resource: TABLE })],
  ["a Resource is case-sensitive", "implicitDeny", allow({ Resource: TABLE.toUpperCase() })],
  ["a Resource with a wildcard covers", "allowed", allow({ Resource: `arn:aws:dynamodb:*:${ACCOUNT}:table/ord*` })],
  ["a wildcard does not span a colon", "implicitDeny", allow({ Resource: "arn:aws:dynamodb:*:table/orders" })],
  [
    "a table's ARN does not cover its index",
    "implicitDeny",
    allow({ Resource: TABLE }),
    { resource: `${TABLE}/index/by-day` },
  ],
  ["NotResource leaves out what it names", "implicitDeny", { Effect: "Allow", Action: "*", NotResource: TABLE }],
  ["NotResource covers the rest", "allowed", { Effect: "Allow", Action: "*", NotResource: `${TABLE}-2` }],

  ["StringEquals compares exactly", "allowed", allowIf({ StringEquals: { "aws:PrincipalArn": APP } })],
  [
    "StringEquals knows no wildcard",
    "implicitDeny",
    allowIf({ StringEquals: { "aws:PrincipalArn": `${APP.slice(0, -1)}*` } }),
  ],
  ["several values are an OR", "allowed", allowIf({ StringEquals: { "aws:PrincipalAccount": ["1", ACCOUNT] } })],
  [
    "several keys are an AND",
    "implicitDeny",
    allowIf({ StringEquals: { "aws:PrincipalArn": APP, "aws:PrincipalAccount": "1" } }),
  ],
  [
    "several operators are an AND",
    "implicitDeny",
    allowIf({ StringEquals: { "aws:PrincipalArn": APP }, Bool: { "aws:SecureTransport": "false" } }),
  ],
  ["condition keys match in any case", "allowed", allowIf({ StringEquals: { "AWS:principalarn": APP } })],
  [
    "StringNotEquals needs every value to differ",
    "implicitDeny",
    allowIf({ StringNotEquals: { "aws:PrincipalAccount": ["1", ACCOUNT] } }),
  ],
  ["StringNotEquals holds for an absent key", "allowed", allowIf({ StringNotEquals: { "aws:SourceArn": "x" } })],
  ["StringEquals fails for an absent key", "implicitDeny", allowIf({ StringEquals: { "aws:SourceArn": "x" } })],
  ["IfExists holds for an absent key", "allowed", allowIf({ StringEqualsIfExists: { "aws:SourceArn": "x" } })],
  ["IfExists compares a present key", "implicitDeny", allowIf({ StringEqualsIfExists: { "aws:PrincipalArn": "x" } })],
  [
    "StringEqualsIgnoreCase ignores case",
    "allowed",
    allowIf({ StringEqualsIgnoreCase: { "aws:PrincipalArn": APP.toUpperCase() } }),
  ],
  ["StringLike spans colons", "allowed", allowIf({ StringLike: { "aws:PrincipalArn": "arn:*app" } })],
  [
    "StringNotLike needs no value to match",
    "implicitDeny",
    allowIf({ StringNotLike: { "aws:PrincipalArn": ["x", "*app"] } }),
  ],
  ["ArnLike matches part by part", "allowed", allowIf({ ArnLike: { "aws:PrincipalArn": `arn:*:iam::*:role/a*` } })],
  [
    "ArnLike's wildcard does not span a colon",
    "implicitDeny",
    allowIf({ ArnLike: { "aws:PrincipalArn": "arn:*app" } }),
  ],
  [
    "ArnEquals takes wildcards like ArnLike",
    "allowed",
    allowIf({ ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${ACCOUNT}:role/*` } }),
  ],
  ["ArnNotEquals holds for others", "allowed", allowIf({ ArnNotEquals: { "aws:PrincipalArn": `${APP}-2` } })],
  ["Bool compares in any case", "allowed", allowIf({ Bool: { "aws:SecureTransport": "True" } })],
  ["Bool sees that loopback counts as secure", "implicitDeny", allowIf({ Bool: { "aws:SecureTransport": "false" } })],
  ["Null true holds for an absent key", "allowed", allowIf({ Null: { "dynamodb:LeadingKeys": "true" } })],
  ["Null false fails for an absent key", "implicitDeny", allowIf({ Null: { "dynamodb:LeadingKeys": "false" } })],
  [
    "Null false holds for a present key",
    "allowed",
    allowIf({ Null: { "dynamodb:LeadingKeys": "false" } }),
    leading("a"),
  ],
  [
    "NumericLessThan compares numbers",
    "allowed",
    allowIf({ NumericLessThan: { "s3:max-keys": "10" } }),
    { context: { "s3:max-keys": "9" } },
  ],
  [
    "NumericLessThan refuses equals",
    "implicitDeny",
    allowIf({ NumericLessThan: { "s3:max-keys": "10" } }),
    { context: { "s3:max-keys": "10" } },
  ],
  [
    "Numeric operators refuse what is no number",
    "implicitDeny",
    allowIf({ NumericGreaterThan: { "s3:max-keys": "1" } }),
    { context: { "s3:max-keys": "" } },
  ],

  [
    "ForAllValues needs every value",
    "implicitDeny",
    allowIf({ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["a"] } }),
    leading("a", "b"),
  ],
  [
    "ForAllValues holds when every value is listed",
    "allowed",
    allowIf({ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["a", "b", "c"] } }),
    leading("a", "b"),
  ],
  [
    "ForAllValues holds for an absent key (Scan)",
    "allowed",
    allowIf({ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["a"] } }),
  ],
  [
    "ForAllValues holds for an empty set",
    "allowed",
    allowIf({ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["a"] } }),
    leading(),
  ],
  [
    "ForAnyValue needs one value",
    "allowed",
    allowIf({ "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": ["a"] } }),
    leading("b", "a"),
  ],
  [
    "ForAnyValue fails when none is listed",
    "implicitDeny",
    allowIf({ "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": ["a"] } }),
    leading("b"),
  ],
  [
    "ForAnyValue fails for an absent key",
    "implicitDeny",
    allowIf({ "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": ["a"] } }),
  ],
  [
    "ForAnyValue of a negated operator fails for an absent key",
    "implicitDeny",
    allowIf({ "ForAnyValue:StringNotEquals": { "dynamodb:LeadingKeys": ["a"] } }),
  ],
  [
    "ForAnyValue:StringNotEquals holds when one value is not listed",
    "allowed",
    allowIf({ "ForAnyValue:StringNotEquals": { "dynamodb:LeadingKeys": ["a"] } }),
    leading("a", "b"),
  ],
  [
    "ForAllValues:StringNotLike fails when one value matches",
    "implicitDeny",
    allowIf({ "ForAllValues:StringNotLike": { "dynamodb:LeadingKeys": ["a*"] } }),
    leading("ab", "b"),
  ],
  [
    "ForAnyValue:StringLike matches a prefix",
    "allowed",
    allowIf({ "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": ["tenant-a#*"] } }),
    leading("tenant-a#7"),
  ],
  [
    "ForAnyValue:StringLike does not match a longer tenant",
    "implicitDeny",
    allowIf({ "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": ["tenant-a#*"] } }),
    leading("tenant-ab#7"),
  ],
  [
    "an escaped star is a star",
    "implicitDeny",
    allowIf({ "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": ["a${*}#*"] } }),
    leading("abc#7"),
  ],
  [
    "an escaped star matches a star",
    "allowed",
    allowIf({ "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": ["a${*}#*"] } }),
    leading("a*#7"),
  ],
  [
    "an escaped ? and an escaped $ match themselves",
    "allowed",
    allowIf({ "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": ["${?}${$}{x}*"] } }),
    leading("?${x}1"),
  ],
  [
    "an escape is undone in StringEquals as well",
    "allowed",
    allowIf({ "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": ["a${*}"] } }),
    leading("a*"),
  ],
];

describe("evaluate, identity policies", () => {
  for (const [title, expected, statement, asked] of IDENTITY_CASES) {
    it(`${title} → ${expected}`, () => {
      const evaluation = evaluate(request(asked), { identityPolicies: [{ name: "p", document: policy(statement) }] });

      expect(evaluation.decision).toBe(expected);
    });
  }

  it("denies explicitly by NotAction everything but reads", () => {
    const document = policy(allow(), {
      Sid: "ReadsOnly",
      Effect: "Deny",
      NotAction: ["dynamodb:Get*", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"],
      Resource: TABLE,
    });
    const decide = (action: string) => evaluate(request({ action }), { identityPolicies: [{ name: "p", document }] });

    expect(decide("dynamodb:PutItem")).toEqual({
      decision: "explicitDeny",
      by: { source: "identity", policy: "p", sid: "ReadsOnly" },
    });
    expect(decide("dynamodb:BatchGetItem").decision).toBe("allowed");
  });

  it("lets a deny in any policy win over an allow in any other, in either order", () => {
    const deny = {
      name: "freeze",
      document: policy({ Effect: "Deny", Action: "dynamodb:UpdateItem", Resource: TABLE }),
    };
    const grant = { name: "work", document: policy(allow()) };

    for (const identityPolicies of [
      [deny, grant],
      [grant, deny],
    ]) {
      expect(evaluate(request(), { identityPolicies })).toEqual({
        decision: "explicitDeny",
        by: { source: "identity", policy: "freeze", sid: "#0" },
      });
    }
  });

  it("names the statement that allowed by its Sid", () => {
    const document = policy(allow({ Action: "s3:*" }), allow({ Sid: "Write" }));

    expect(evaluate(request(), { identityPolicies: [{ name: "p", document }] }).by).toEqual({
      source: "identity",
      policy: "p",
      sid: "Write",
    });
  });

  it("takes ${*} literally in a policy of 2008-10-17, which knows no variables", () => {
    const document: PolicyDocument = {
      Statement: [allowIf({ "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": ["a${*}"] } })],
    };

    const decide = (key: string) => evaluate(request(leading(key)), { identityPolicies: [{ name: "p", document }] });

    expect(decide("a${bc}").decision).toBe("allowed");
    expect(decide("a*").decision).toBe("implicitDeny");
  });

  it.each([
    ["an operator", { DateLessThan: { "aws:PrincipalArn": "x" } }, /condition operator DateLessThan/],
    ["a set operator of Null", { "ForAnyValue:Null": { "aws:PrincipalArn": "true" } }, /ForAnyValue:Null/],
    ["a condition key", { StringEquals: { "aws:SourceIp": "x" } }, /condition key aws:SourceIp/],
    [
      "a policy variable",
      { StringEquals: { "aws:PrincipalArn": "${aws:username}" } },
      /policy variable \$\{aws:username\}/,
    ],
  ])("names %s that it does not know instead of deciding", (_what, Condition, message) => {
    const identityPolicies = [{ name: "p", document: policy(allowIf(Condition)) }];

    expect(() => evaluate(request(), { identityPolicies })).toThrow(message);
  });

  it("refuses to compare a multivalued key without a set operator", () => {
    const document = policy(allowIf({ StringEquals: { "dynamodb:LeadingKeys": "a" } }));

    expect(() => evaluate(request(leading("a")), { identityPolicies: [{ name: "p", document }] })).toThrow(
      /multivalued key dynamodb:LeadingKeys without ForAnyValue/,
    );
  });
});

describe("evaluate, resource policies", () => {
  const working = [{ name: "work", document: policy(allow()) }];
  const freezeExcept = (operator: string, ...exempt: string[]): PolicyDocument =>
    policy({
      Sid: "Freeze",
      Effect: "Deny",
      Principal: "*",
      Action: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
      Resource: TABLE,
      Condition: { [operator]: { "aws:PrincipalArn": exempt } },
    });

  it.each([
    ["ArnNotEquals", "app", "explicitDeny"],
    ["ArnNotEquals", "backstitch-apply", "allowed"],
    ["ArnNotLike", "backstitch-verify", "allowed"],
    ["StringNotLike", "app", "explicitDeny"],
    ["StringNotLike", "backstitch-apply", "allowed"],
    ["StringNotEquals", "backstitch-verify", "explicitDeny"],
  ])("denies everybody but the exempt roles with %s (%s: %s)", (operator, role, expected) => {
    const exempt = [`arn:aws:iam::${ACCOUNT}:role/backstitch-*`, `arn:aws:iam::${ACCOUNT}:role/aws-service-role/*`];
    const resourcePolicy = freezeExcept(operator, ...exempt);

    const { decision } = evaluate(request({ caller: roleSession(role) }), {
      identityPolicies: working,
      resourcePolicy,
    });

    expect(decision).toBe(expected);
  });

  it("denies only chosen partitions with ForAnyValue, a mixed batch too, and leaves a Scan alone", () => {
    const resourcePolicy = policy({
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "dynamodb:*",
      Resource: TABLE,
      Condition: { "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": ["bad"] } },
    });
    const decide = (asked: Partial<AuthorizationRequest>) =>
      evaluate(request(asked), { identityPolicies: working, resourcePolicy }).decision;

    expect(decide(leading("good"))).toBe("allowed");
    expect(decide(leading("good", "bad"))).toBe("explicitDeny");
    expect(decide({})).toBe("allowed");
  });

  it("takes a JSON boolean in a condition for its text", () => {
    const Condition = { Bool: { "aws:SecureTransport": true } } as unknown as NonNullable<PolicyStatement["Condition"]>;
    const resourcePolicy = policy({ Effect: "Deny", Principal: "*", Action: "*", Resource: "*", Condition });

    expect(evaluate(request(), { identityPolicies: working, resourcePolicy }).decision).toBe("explicitDeny");
  });

  const PRINCIPALS: readonly [string, PolicyStatement["Principal"], string][] = [
    ["everybody", "*", "allowed"],
    ["everybody, as AWS", { AWS: "*" }, "allowed"],
    ["the role", { AWS: APP }, "allowed"],
    ["the session", { AWS: [`arn:aws:sts::${ACCOUNT}:assumed-role/app/run`] }, "allowed"],
    ["another session of the role", { AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/app/other` }, "implicitDeny"],
    ["another role", { AWS: [`${APP}-2`] }, "implicitDeny"],
    ["a service", { Service: "lambda.amazonaws.com" }, "implicitDeny"],
    ["the account, which only delegates", { AWS: ACCOUNT }, "implicitDeny"],
    ["the account's root, which only delegates", { AWS: `arn:aws:iam::${ACCOUNT}:root` }, "implicitDeny"],
  ];
  it.each(PRINCIPALS)("with no identity policy an allow for %s decides", (_who, Principal, expected) => {
    const resourcePolicy = policy(allow({ ...(Principal === undefined ? {} : { Principal }) }));

    expect(evaluate(request(), { identityPolicies: [], resourcePolicy }).decision).toBe(expected);
  });

  it("denies the whole account by naming it", () => {
    const resourcePolicy = policy({ Effect: "Deny", Principal: { AWS: ACCOUNT }, Action: "*", Resource: "*" });

    const evaluation = evaluate(request(), { identityPolicies: working, resourcePolicy });

    expect(evaluation).toEqual({
      decision: "explicitDeny",
      by: { source: "resource", policy: "resource-policy", sid: "#0" },
    });
  });

  it("needs both the trust policy and an identity policy where the trust names only the account", () => {
    const trust = policy({ Effect: "Allow", Principal: { AWS: ACCOUNT }, Action: "sts:AssumeRole" });
    const asked = request({ action: "sts:AssumeRole", resource: `${APP}-probe` });
    const may = [{ name: "p", document: policy(allow({ Action: "sts:AssumeRole" })) }];

    const decide = (identityPolicies: typeof may, resourcePolicy: PolicyDocument) =>
      evaluate(asked, { identityPolicies, resourcePolicy, isTrustPolicy: true }).decision;

    expect(decide(may, trust)).toBe("allowed");
    expect(decide([], trust)).toBe("implicitDeny");
    expect(decide(may, policy())).toBe("implicitDeny");
  });
});
