import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetAccountSummaryCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PolicyStatement } from "../../../local/service.ts";
import { gatewayWith, type TestGateway } from "../gateway-with.ts";
import { policy, TABLE, trustOf } from "./policies.ts";

let pocket: TestGateway;
let iam: IAMClient;
let nowMs: number;

beforeEach(async () => {
  nowMs = 1_000_000;
  pocket = await gatewayWith(undefined, {}, () => nowMs);
  iam = new IAMClient(pocket.config());
});
afterEach(async () => {
  iam.destroy();
  await pocket.gateway.close();
  expect(pocket.faults).toEqual([]);
});

const AssumeRolePolicyDocument = trustOf({ Service: "lambda.amazonaws.com" });
const document = (...statements: PolicyStatement[]) => JSON.stringify(policy(...statements));
const writes: PolicyStatement = { Sid: "Write", Effect: "Allow", Action: "dynamodb:UpdateItem", Resource: TABLE };
const denyWrites: PolicyStatement = { Effect: "Deny", Action: "dynamodb:UpdateItem", Resource: TABLE };

const createPolicy = async (PolicyName: string, PolicyDocument: string): Promise<string> => {
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  return Policy?.Arn ?? "";
};

/** What the role may do now: "allowed", or the refusal's message. */
function attempt(accessKeyId: string, action = "dynamodb:UpdateItem", resource = TABLE): string {
  try {
    pocket.iam.authorize({ caller: pocket.iam.callerOf(accessKeyId), action, resource });
    return "allowed";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("the API", () => {
  it("makes, shows, lists, tags and deletes roles", async () => {
    const Tags = [{ Key: "stack", Value: "backstitch" }];
    const made = await iam.send(
      new CreateRoleCommand({ RoleName: "app", Path: "/x/", AssumeRolePolicyDocument, Description: "<d>", Tags }),
    );
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "app" }));

    expect(made.Role?.Arn).toBe("arn:aws:iam::111122223333:role/x/app");
    expect(Role).toMatchObject({ RoleName: "app", Description: "<d>", CreateDate: new Date(nowMs) });
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(AssumeRolePolicyDocument);
    expect((await iam.send(new ListRoleTagsCommand({ RoleName: "app" }))).Tags).toEqual(Tags);
    expect((await iam.send(new ListRolesCommand({ PathPrefix: "/x/" }))).Roles).toHaveLength(1);
    await expect(iam.send(new CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument }))).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
    });
    await iam.send(new DeleteRoleCommand({ RoleName: "app" }));
    await expect(iam.send(new GetRoleCommand({ RoleName: "app" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  });

  it("keeps inline policies to the letter and refuses to delete a role that has some", async () => {
    const PolicyDocument = document(writes);
    await pocket.roleWith("app");

    await iam.send(new PutRolePolicyCommand({ RoleName: "app", PolicyName: "work", PolicyDocument }));
    const shown = await iam.send(new GetRolePolicyCommand({ RoleName: "app", PolicyName: "work" }));

    expect(decodeURIComponent(shown.PolicyDocument ?? "")).toBe(PolicyDocument);
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: "app" }))).PolicyNames).toEqual(["work"]);
    await expect(iam.send(new DeleteRoleCommand({ RoleName: "app" }))).rejects.toMatchObject({
      name: "DeleteConflictException",
    });
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "app", PolicyName: "work" }));
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: "app" }))).PolicyNames).toEqual([]);
  });

  it("attaches and detaches managed policies, repeated attaching changing nothing", async () => {
    const PolicyArn = await createPolicy("freeze", document(denyWrites));
    await pocket.roleWith("app");
    const attach = new AttachRolePolicyCommand({ RoleName: "app", PolicyArn });

    await iam.send(attach);
    await iam.send(attach);

    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: "app" }));
    expect(AttachedPolicies).toEqual([{ PolicyName: "freeze", PolicyArn }]);
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({ AttachmentCount: 1 });
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      name: "DeleteConflictException",
    });
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    expect(decodeURIComponent(PolicyVersion?.Document ?? "")).toBe(document(denyWrites));
    await iam.send(new DetachRolePolicyCommand({ RoleName: "app", PolicyArn }));
    await expect(iam.send(new DetachRolePolicyCommand({ RoleName: "app", PolicyArn }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
  });

  it("attaches ten policies to a role and refuses the eleventh, as the account summary says", async () => {
    await pocket.roleWith("app");
    const arns = await Promise.all(Array.from({ length: 11 }, (_, n) => createPolicy(`p${n}`, document(writes))));
    for (const PolicyArn of arns.slice(0, 10))
      await iam.send(new AttachRolePolicyCommand({ RoleName: "app", PolicyArn }));

    const eleventh = iam.send(new AttachRolePolicyCommand({ RoleName: "app", PolicyArn: arns[10] }));

    await expect(eleventh).rejects.toMatchObject({ name: "LimitExceededException" });
    const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap).toMatchObject({ AttachedPoliciesPerRoleQuota: 10, Roles: 1, Policies: 11 });
  });

  it("pages lists by MaxItems and Marker", async () => {
    for (const name of ["a", "b", "c"]) await pocket.roleWith(name);

    const first = await iam.send(new ListRolesCommand({ MaxItems: 2 }));
    const rest = await iam.send(new ListRolesCommand({ MaxItems: 2, Marker: first.Marker }));

    expect(first).toMatchObject({ IsTruncated: true });
    expect([...(first.Roles ?? []), ...(rest.Roles ?? [])].map(({ RoleName }) => RoleName)).toEqual(["a", "b", "c"]);
    expect(rest).toMatchObject({ IsTruncated: false });
  });

  it.each([
    ["no JSON", "{", /not JSON/],
    ["an unknown element", '{"Statement":[],"Extra":1}', /unknown element Extra/],
    ["no Effect", document({ Action: "*", Resource: "*" } as never), /Effect must be Allow or Deny/],
    ["no Resource", document({ Effect: "Allow", Action: "s3:*" }), /needs either Resource or NotResource/],
    ["both Action and NotAction", document({ ...writes, NotAction: "*" }), /needs either Action or NotAction/],
    ["a Principal", document({ ...writes, Principal: "*" }), /names no Principal/],
    ["a resource that is no ARN", document({ ...writes, Resource: "orders" }), /must be in ARN format/],
    ["a Sid twice", document(writes, writes), /Sid Write is not unique/],
  ])("refuses a policy with %s", async (_what, PolicyDocument, message) => {
    const put = iam.send(new CreatePolicyCommand({ PolicyName: "p", PolicyDocument }));

    await expect(put).rejects.toMatchObject({
      name: "MalformedPolicyDocumentException",
      message: expect.stringMatching(message),
    });
  });

  it("names what it does not know: operators, operations and parameters", async () => {
    const Condition = { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } };
    const PolicyDocument = document({ ...writes, Condition });

    await expect(iam.send(new CreatePolicyCommand({ PolicyName: "p", PolicyDocument }))).rejects.toThrow(/IpAddress/);
    await expect(iam.send(new CreateUserCommand({ UserName: "u" }))).rejects.toThrow(/iam:CreateUser/);
    const bounded = new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument, PermissionsBoundary: TABLE });
    await expect(iam.send(bounded)).rejects.toThrow(/the parameter PermissionsBoundary of iam:CreateRole/);
  });

  it("refuses more than 10,240 characters of inline policies in a role, white space not counted", async () => {
    await pocket.roleWith("app");
    const long = (PolicyName: string, size: number) => {
      const Resource = `${TABLE}${"x".repeat(size)}`;
      const PolicyDocument = JSON.stringify(policy({ ...writes, Resource }), undefined, 40);
      return iam.send(new PutRolePolicyCommand({ RoleName: "app", PolicyName, PolicyDocument }));
    };

    await long("a", 5000);
    await expect(long("b", 5000)).rejects.toMatchObject({ name: "LimitExceededException" });
    await long("a", 9500);
  });
});

describe("authorization", () => {
  it("restricts attaching by iam:PolicyARN", async () => {
    const [freeze, other] = [
      await createPolicy("freeze", document(denyWrites)),
      await createPolicy("other", document(writes)),
    ];
    await pocket.roleWith("app");
    const keys = await pocket.roleWith("raiser", {
      Effect: "Allow",
      Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      Resource: "arn:aws:iam::111122223333:role/app",
      Condition: { ArnEquals: { "iam:PolicyARN": freeze } },
    });
    const raiser = new IAMClient(pocket.config(keys));

    await raiser.send(new AttachRolePolicyCommand({ RoleName: "app", PolicyArn: freeze }));

    for (const [RoleName, PolicyArn] of [
      ["app", other],
      ["raiser", freeze],
    ]) {
      await expect(raiser.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))).rejects.toMatchObject({
        name: "AccessDenied",
        message: `User: arn:aws:sts::111122223333:assumed-role/raiser/test is not authorized to perform: iam:AttachRolePolicy on resource: arn:aws:iam::111122223333:role/${RoleName} because no identity-based policy allows the iam:AttachRolePolicy action`,
      });
    }
  });

  it("records who was allowed what by which statement, and counts it", async () => {
    const { accessKeyId } = await pocket.roleWith("app", writes);

    attempt(accessKeyId);
    attempt(accessKeyId);
    attempt(accessKeyId, "dynamodb:PutItem");

    const principalArn = "arn:aws:iam::111122223333:role/app";
    const entries = pocket.iam.authorizationLog.entries().filter((entry) => entry.principalArn === principalArn);
    expect(entries.map(({ action, decision, by }) => [action, decision, by])).toEqual([
      ["dynamodb:UpdateItem", "allowed", "work/Write"],
      ["dynamodb:UpdateItem", "allowed", "work/Write"],
      ["dynamodb:PutItem", "implicitDeny", undefined],
    ]);
    expect(pocket.iam.authorizationLog.counts().get(`${principalArn} allowed work/Write dynamodb:UpdateItem`)).toBe(2);
  });

  it("no longer knows the keys of a deleted role, even when a new one has its name", async () => {
    const { accessKeyId } = await pocket.roleWith("app");
    await iam.send(new DeleteRoleCommand({ RoleName: "app" }));
    await pocket.roleWith("app");

    expect(() => pocket.iam.callerOf(accessKeyId)).toThrow(/nobody holds the key/);
  });
});

describe("propagation", () => {
  const explicitDeny = /with an explicit deny in an identity-based policy/;

  it("enforces an attached and a detached policy only after the delay, while the API shows it at once", async () => {
    const { accessKeyId } = await pocket.roleWith("app", writes);
    const PolicyArn = await createPolicy("freeze", document(denyWrites));
    pocket.conditions.iamPropagationMs = 500;

    await iam.send(new AttachRolePolicyCommand({ RoleName: "app", PolicyArn }));
    nowMs += 499;
    expect((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: "app" }))).AttachedPolicies).toHaveLength(1);
    expect(attempt(accessKeyId)).toBe("allowed");
    nowMs += 1;
    expect(attempt(accessKeyId)).toMatch(explicitDeny);

    await iam.send(new DetachRolePolicyCommand({ RoleName: "app", PolicyArn }));
    expect(attempt(accessKeyId)).toMatch(explicitDeny);
    nowMs += 500;
    expect(attempt(accessKeyId)).toBe("allowed");
  });

  it("never enforces a change while the delay is infinite, but keeps what was in force before", async () => {
    const { accessKeyId } = await pocket.roleWith("app", writes);
    const PolicyArn = await createPolicy("freeze", document(denyWrites));
    pocket.conditions.iamPropagationMs = Number.POSITIVE_INFINITY;

    await iam.send(new AttachRolePolicyCommand({ RoleName: "app", PolicyArn }));
    nowMs += 1e12;

    expect(attempt(accessKeyId)).toBe("allowed");
    pocket.conditions.iamPropagationMs = 0;
    expect(attempt(accessKeyId)).toMatch(explicitDeny);
    pocket.conditions.iamPropagationMs = Number.POSITIVE_INFINITY;
    expect(attempt(accessKeyId)).toMatch(explicitDeny);
  });

  it("enforces at once what the deployer gives a role that nobody has assumed yet", async () => {
    pocket.conditions.iamPropagationMs = Number.POSITIVE_INFINITY;

    const { accessKeyId } = await pocket.roleWith("app", writes);

    expect(attempt(accessKeyId)).toBe("allowed");
  });

  it("delays what another role gives, assumed or not", async () => {
    const PolicyArn = await createPolicy("allow", document(writes));
    const keys = await pocket.roleWith("raiser", { Effect: "Allow", Action: "iam:AttachRolePolicy", Resource: "*" });
    await iam.send(new CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument }));
    pocket.conditions.iamPropagationMs = 500;

    await new IAMClient(pocket.config(keys)).send(new AttachRolePolicyCommand({ RoleName: "app", PolicyArn }));
    const { accessKeyId } = pocket.iam.createRoleCredentials("arn:aws:iam::111122223333:role/app", "test");

    expect(attempt(accessKeyId)).toMatch(/no identity-based policy allows/);
    nowMs += 500;
    expect(attempt(accessKeyId)).toBe("allowed");
  });
});

describe("sessions for AWS services", () => {
  const ROLE = "arn:aws:iam::111122223333:role/app";

  it("are opened for the service that the trust policy names, and for no other", async () => {
    await pocket.roleWith("app");

    const { accessKeyId } = pocket.iam.assumeRoleAsService(ROLE, "lambda.amazonaws.com", "plan-part");

    expect(pocket.iam.callerOf(accessKeyId)).toMatchObject({
      kind: "role",
      arn: "arn:aws:sts::111122223333:assumed-role/app/plan-part",
      principalArn: ROLE,
    });
    expect(() => pocket.iam.assumeRoleAsService(ROLE, "states.amazonaws.com", "run")).toThrow(
      /not authorized to perform: sts:AssumeRole/,
    );
    await iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: "app",
        PolicyDocument: trustOf({ Service: "states.amazonaws.com" }),
      }),
    );
    expect(pocket.iam.assumeRoleAsService(ROLE, "states.amazonaws.com", "x".repeat(80)).accessKeyId).toMatch(/^ASIA/);
  });
});
