import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { Backstitch } from "../../infra/backstitch.ts";
import { InvalidConfig, parseConfig, protectedTables } from "../../infra/config.ts";
import { stubCode } from "./stub-code.ts";
import { statementsOf } from "./template.ts";

const ORDERS = { tableName: "orders", guards: ["table-policy" as const] };

describe("a configuration", () => {
  test.each([
    ["no table", { tables: [] }, /tables/],
    ["an unknown field", { tables: [{ ...ORDERS, tennantKey: "{tenant}" }] }, /tennantKey/],
    ["a table twice", { tables: [ORDERS, ORDERS] }, /"orders" stands there twice/],
    ["ssm-flag without a parameter", { tables: [{ ...ORDERS, guards: ["ssm-flag"] }] }, /no flagParameter/],
    ["iam-deny without roles", { tables: [{ ...ORDERS, guards: ["iam-deny"] }] }, /no applicationRoles/],
    [
      "iam-deny and a name too long for a policy",
      { tables: [{ tableName: "t".repeat(120), guards: ["iam-deny"], applicationRoles: ["app"] }] },
      /too long a name/,
    ],
    ["a prefix that no role can have", { prefix: "Back_Stitch", tables: [ORDERS] }, /prefix: lower-case/],
    ["a tenant key without the tenant", { tables: [{ ...ORDERS, tenantKey: "TENANT#" }] }, /tenantKey/],
  ])("with %s is refused at synth", (_, config, message) => {
    const act = () => parseConfig(config as Parameters<typeof parseConfig>[0]);

    expect(act).toThrow(InvalidConfig);
    expect(act).toThrow(message);
  });

  test("names roles, and the functions get ARNs in the account that is deployed to", () => {
    const config = parseConfig({ tables: [{ ...ORDERS, applicationRoles: ["orders-app", "/team/orders-job"] }] });

    const [orders] = protectedTables(config);

    expect(new Stack().resolve(orders?.applicationRoleArns)).toEqual(
      ["orders-app", "team/orders-job"].map((role) => ({
        "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":iam::", { Ref: "AWS::AccountId" }, `:role/${role}`]],
      })),
    );
  });
});

describe("Backstitch in another CDK app", () => {
  function templateOf(props: Partial<ConstructorParameters<typeof Backstitch>[2]>) {
    const stack = new Stack(new App(), "Theirs");
    new Backstitch(stack, "Recovery", { tables: [ORDERS], codeOf: stubCode, ...props });
    return Template.fromStack(stack);
  }

  test("makes nothing for guards that no table uses", () => {
    const template = templateOf({});

    template.resourceCountIs("AWS::IAM::ManagedPolicy", 0);
    expect(JSON.stringify(template.toJSON())).not.toMatch(
      /AttachRolePolicy|ssm:PutParameter|"backstitch-probe-iam-deny"/,
    );
  });

  test("calls everything by its prefix", () => {
    const names = Object.values(templateOf({ prefix: "rescue" }).findResources("AWS::Lambda::Function"));

    expect(names.length).toBeGreaterThan(0);
    for (const { Properties } of names) expect(Properties.FunctionName).toMatch(/^rescue-/);
  });

  test("lets those that read the bucket use its own key, and nobody else", () => {
    const bucketKeyArn = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555";
    const template = templateOf({ bucketKeyArn });
    const using = Object.values(template.findResources("AWS::IAM::Policy")).filter(({ Properties }) =>
      JSON.stringify(Properties.PolicyDocument).includes(bucketKeyArn),
    );

    const reading = Object.values(template.findResources("AWS::IAM::Policy")).filter(({ Properties }) =>
      JSON.stringify(Properties.PolicyDocument).includes("/recoveries/*"),
    );

    expect(using.length).toBeGreaterThan(0);
    expect(using).toEqual(reading);
    template.hasResourceProperties("AWS::S3::Bucket", {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: bucketKeyArn } },
        ],
      },
    });
  });

  test("lets those that touch items of a table use its own key, through DynamoDB alone", () => {
    const keyArn = "arn:aws:kms:us-east-1:111122223333:key/99999999-2222-3333-4444-555555555555";
    const template = templateOf({ tables: [{ ...ORDERS, keyArn }] });
    const using = (role: string) =>
      statementsOf(template, role).filter(({ Resource }) => [Resource].flat().includes(keyArn));
    const named = (step: string) => `backstitch-${step.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}`;
    const steps = [
      "StartRestore",
      "StartExport",
      "CollectKeys",
      "CollectEvidence",
      "CompareSegment",
      "PlanPart",
      "RepairTrial",
      "VerifyTrial",
      "ApplyPart",
    ];

    for (const role of [...steps, "VerifyPart", "ProbeTablePolicy"].map(named)) {
      const [statement, ...others] = using(role);
      expect(others, role).toEqual([]);
      expect(statement?.Action, role).toContain("kms:Decrypt");
      expect(JSON.stringify(statement?.Condition), role).toContain("kms:ViaService");
      expect([statement?.Action].flat().includes("kms:CreateGrant"), role).toBe(role === "backstitch-start-restore");
    }
    const all = Object.values(template.findResources("AWS::IAM::Policy")).filter(({ Properties }) =>
      JSON.stringify(Properties.PolicyDocument).includes(keyArn),
    );
    expect(all).toHaveLength(steps.length + 2);
  });

  test("tells the addresses that it is given", () => {
    templateOf({ notifyEmails: ["oncall@example.com"] }).hasResourceProperties("AWS::SNS::Subscription", {
      Protocol: "email",
      Endpoint: "oncall@example.com",
    });
  });

  test("pages for a long freeze after as many minutes as it says", () => {
    templateOf({ frozenTooLongMinutes: 20 }).hasResourceProperties("AWS::Lambda::Function", {
      FunctionName: "backstitch-sweep",
      Environment: { Variables: Match.objectLike({ FROZEN_TOO_LONG_MINUTES: "20" }) },
    });
  });

  test("hands a health check to the one step that asks it", () => {
    const healthCheckFunctionArn = "arn:aws:lambda:us-east-1:111122223333:function:orders-health";
    const policies = templateOf({ tables: [{ ...ORDERS, healthCheckFunctionArn }] }).findResources("AWS::IAM::Policy");
    const asking = Object.entries(policies).filter(([, { Properties }]) =>
      JSON.stringify(Properties.PolicyDocument).includes(healthCheckFunctionArn),
    );

    expect(asking.map(([id]) => id)).toEqual([expect.stringContaining("RunHealthCheck")]);
  });
});
