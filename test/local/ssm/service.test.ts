import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SsmService } from "../../../local/ssm/service.ts";
import { gatewayWith, type TestGateway } from "../gateway-with.ts";
import { ACCOUNT } from "../iam/policies.ts";

let pocket: TestGateway;
let ssm: SSMClient;
const Name = "/backstitch/orders/read-only";
const ARN = `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter${Name}`;

beforeEach(async () => {
  pocket = await gatewayWith((iam) => [new SsmService({ authorizer: iam, now: () => 5_000 })]);
  ssm = new SSMClient(pocket.config());
});
afterEach(async () => {
  ssm.destroy();
  await pocket.gateway.close();
  expect(pocket.faults).toEqual([]);
});

const put = (Value: string, rest: object = {}) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: "String", ...rest }));

describe("Parameter Store", () => {
  it("keeps a parameter and raises its version with every overwrite", async () => {
    expect((await put("none")).Version).toBe(1);
    expect((await ssm.send(new PutParameterCommand({ Name, Value: "all", Overwrite: true }))).Version).toBe(2);

    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));

    expect(Parameter).toMatchObject({
      Name,
      Type: "String",
      Value: "all",
      Version: 2,
      ARN,
      LastModifiedDate: new Date(5_000),
    });
    expect((await ssm.send(new GetParameterCommand({ Name: ARN }))).Parameter?.Value).toBe("all");
  });

  it("does not overwrite without being told to", async () => {
    await put("none");

    await expect(put("all")).rejects.toMatchObject({ name: "ParameterAlreadyExists" });
    expect((await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value).toBe("none");
  });

  it.each([
    ["an empty value", { Value: "" }, "ValidationException"],
    ["more than 4 KB", { Value: "ä".repeat(2049) }, "ValidationException"],
    ["no type for a new parameter", { Type: undefined }, "ValidationException"],
    ["a reserved name", { Name: "/aws/x" }, "ValidationException"],
    ["a value that its pattern excludes", { AllowedPattern: "none|all" }, "ParameterPatternMismatchException"],
    ["a type that is not there", { Type: "SecureString" }, "NotInPocketAws"],
    ["a tier that is not there", { Tier: "Advanced" }, "ValidationException"],
  ])("refuses %s", async (_what, rest, name) => {
    await expect(put("tenant-a", rest)).rejects.toMatchObject({ name });
  });

  it("takes a value of exactly 4 KB", async () => {
    expect((await put("x".repeat(4096))).Version).toBe(1);
  });

  it("reads several at once and lists the names that are not there", async () => {
    await put("none");

    const answer = await ssm.send(new GetParametersCommand({ Names: [Name, "/none"] }));

    expect(answer.Parameters?.map((parameter) => parameter.Value)).toEqual(["none"]);
    expect(answer.InvalidParameters).toEqual(["/none"]);
  });

  it("reads by path: one level or all, page by page", async () => {
    for (const name of ["/a/1", "/a/2", "/a/b/3", "/ab/4"]) {
      await ssm.send(new PutParameterCommand({ Name: name, Value: "v", Type: "StringList" }));
    }
    const names = async (rest: object) => {
      const { Parameters, NextToken } = await ssm.send(new GetParametersByPathCommand({ Path: "/a", ...rest }));
      return { names: Parameters?.map((parameter) => parameter.Name), NextToken };
    };

    expect((await names({})).names).toEqual(["/a/1", "/a/2"]);
    expect((await names({ Recursive: true })).names).toEqual(["/a/1", "/a/2", "/a/b/3"]);
    const first = await names({ Recursive: true, MaxResults: 2 });
    expect((await names({ Recursive: true, MaxResults: 2, NextToken: first.NextToken })).names).toEqual(["/a/b/3"]);
  });

  it("deletes, describes and tags", async () => {
    await put("none", { Tags: [{ Key: "a", Value: "1" }], Description: "flag" });
    await ssm.send(
      new AddTagsToResourceCommand({ ResourceType: "Parameter", ResourceId: Name, Tags: [{ Key: "b", Value: "2" }] }),
    );

    const { TagList } = await ssm.send(new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: Name }));
    const { Parameters } = await ssm.send(new DescribeParametersCommand({}));
    await ssm.send(new DeleteParameterCommand({ Name }));

    expect(TagList).toEqual([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ]);
    expect(Parameters).toMatchObject([{ Name, Description: "flag", Version: 1 }]);
    await expect(ssm.send(new GetParameterCommand({ Name }))).rejects.toMatchObject({ name: "ParameterNotFound" });
    await expect(ssm.send(new DeleteParameterCommand({ Name }))).rejects.toMatchObject({ name: "ParameterNotFound" });
  });

  it("asks IAM for each parameter by its ARN", async () => {
    await put("none");
    const keys = await pocket.roleWith("app", { Effect: "Allow", Action: "ssm:GetParameter", Resource: ARN });
    const app = new SSMClient(pocket.config(keys));

    expect((await app.send(new GetParameterCommand({ Name }))).Parameter?.Value).toBe("none");
    await expect(app.send(new PutParameterCommand({ Name, Value: "all", Overwrite: true }))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining(`ssm:PutParameter on resource: ${ARN} because no identity-based policy allows`),
    });
    await expect(app.send(new GetParameterCommand({ Name: "/other" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });

  it("names an operation, a member and a selector that it does not know", async () => {
    await put("none");

    await expect(ssm.send(new LabelParameterVersionCommand({ Name, Labels: ["x"] }))).rejects.toThrow(
      /ssm:LabelParameterVersion/,
    );
    const filtered = new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: ["x"] }] });
    await expect(ssm.send(filtered)).rejects.toThrow(/the member ParameterFilters of ssm:DescribeParameters/);
    await expect(ssm.send(new GetParameterCommand({ Name: `${Name}:1` }))).rejects.toThrow(/version or label/);
  });
});
