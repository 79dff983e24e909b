import { mkdirSync, writeFileSync } from "node:fs";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type PocketAws, startPocketAws } from "../../local/pocket-aws.ts";
import { codeDirectory } from "../support/lambda-code.ts";

/** Writes one parameter after the other, by the requests that an SDK client would send. */
const WRITER = `
const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_REGION } = process.env;
exports.handler = async ({ names, fail }) => {
  for (const Name of names) {
    const response = await fetch(AWS_ENDPOINT_URL, {
      method: "POST",
      headers: {
        authorization: \`AWS4-HMAC-SHA256 Credential=\${AWS_ACCESS_KEY_ID}/20260101/\${AWS_REGION}/ssm/aws4_request, Signature=0\`,
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AmazonSSM.PutParameter",
      },
      body: JSON.stringify({ Name, Type: "String", Value: "x", Overwrite: true }),
    });
    if (!response.ok) throw new Error(await response.text());
  }
  if (fail) throw new Error("as asked");
  return names.length;
};`;

let aws: PocketAws;
beforeEach(async () => {
  aws = await startPocketAws();
});
afterEach(async () => {
  await aws.close();
});

const role = (service: string, statements: readonly object[]) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    AssumeRolePolicyDocument: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
    },
    Policies: [{ PolicyName: "own", PolicyDocument: { Version: "2012-10-17", Statement: statements } }],
  },
});
const allow = (Action: string, Resource: unknown) => ({ Effect: "Allow", Action, Resource });

/** A function that writes parameters below /mine, a machine that calls it, and the same function told when that fails. */
async function deployWriter() {
  const assets = codeDirectory({
    "App.assets.json": JSON.stringify({
      files: { h: { source: { path: "asset" }, destinations: { d: { objectKey: "h.zip" } } } },
    }),
  });
  mkdirSync(`${assets}/asset`);
  writeFileSync(`${assets}/asset/index.js`, WRITER);
  const functionArn = { "Fn::GetAtt": ["Writer", "Arn"] };
  return aws.deployApp({
    stackName: "App",
    assetsDirectory: assets,
    template: {
      Resources: {
        WriterRole: role("lambda.amazonaws.com", [
          allow("ssm:PutParameter", { "Fn::Sub": "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/mine/*" }),
        ]),
        Writer: {
          Type: "AWS::Lambda::Function",
          Properties: {
            Code: { S3Bucket: "assets", S3Key: "h.zip" },
            Handler: "index.handler",
            Runtime: "nodejs24.x",
            Role: { "Fn::GetAtt": ["WriterRole", "Arn"] },
          },
        },
        MachineRole: role("states.amazonaws.com", [allow("lambda:InvokeFunction", functionArn)]),
        Machine: {
          Type: "AWS::StepFunctions::StateMachine",
          Properties: {
            DefinitionString: {
              "Fn::Sub":
                '{"QueryLanguage":"JSONata","StartAt":"Write","States":{"Write":{"Type":"Task","End":true,' +
                '"Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"${Writer.Arn}",' +
                '"Payload":"{% $states.input %}"}}}}',
            },
            RoleArn: { "Fn::GetAtt": ["MachineRole", "Arn"] },
          },
        },
        Ended: {
          Type: "AWS::Events::Rule",
          Properties: {
            EventPattern: {
              source: ["aws.states"],
              detail: { status: ["FAILED"], stateMachineArn: [{ Ref: "Machine" }] },
            },
            Targets: [{ Id: "T", Arn: functionArn, Input: '{"names":["/mine/ended"]}' }],
          },
        },
        EndedMayInvoke: {
          Type: "AWS::Lambda::Permission",
          Properties: {
            Action: "lambda:InvokeFunction",
            FunctionName: functionArn,
            Principal: "events.amazonaws.com",
            SourceArn: { "Fn::GetAtt": ["Ended", "Arn"] },
          },
        },
      },
      Outputs: {
        Writer: { Value: { Ref: "Writer" } },
        WriterRoleArn: { Value: { "Fn::GetAtt": ["WriterRole", "Arn"] } },
        Machine: { Value: { Ref: "Machine" } },
      },
    },
  });
}

async function invoke(functionName: string | undefined, payload: object) {
  const { FunctionError, Payload } = await new LambdaClient(aws.clientConfig()).send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) }),
  );
  return { FunctionError, payload: JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown };
}

async function parameterExists(Name: string): Promise<boolean> {
  try {
    await new SSMClient(aws.clientConfig()).send(new GetParameterCommand({ Name }));
    return true;
  } catch (error) {
    if ((error as Error).name === "ParameterNotFound") return false;
    throw error;
  }
}

describe("a deployed function", () => {
  test("calls AWS under its role, and only what its role allows", async () => {
    const { Writer, WriterRoleArn } = await deployWriter();

    expect(await invoke(Writer, { names: ["/mine/a"] })).toEqual({ FunctionError: undefined, payload: 1 });
    const refused = await invoke(Writer, { names: ["/others/a"] });

    expect(refused.FunctionError).toBe("Unhandled");
    expect(JSON.stringify(refused.payload)).toContain("is not authorized to perform: ssm:PutParameter");
    expect(JSON.stringify(refused.payload)).toContain(
      `${WriterRoleArn?.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${Writer}`,
    );
    expect(await parameterExists("/others/a")).toBe(false);
  });

  test("killed after its second call leaves what two calls did, and can be invoked again", async () => {
    const { Writer = "" } = await deployWriter();
    const kill = aws.services.lambda.faults.killDuring({ functionName: Writer, moment: { afterCalls: 2 } });

    const killed = await invoke(Writer, { names: ["/mine/1", "/mine/2", "/mine/3"] });

    expect(kill.happened).toBe(true);
    expect(killed).toMatchObject({ FunctionError: "Unhandled", payload: { errorType: "Runtime.ExitError" } });
    expect(await Promise.all(["/mine/1", "/mine/2", "/mine/3"].map(parameterExists))).toEqual([true, true, false]);
    expect(await invoke(Writer, { names: ["/mine/3"] })).toMatchObject({ payload: 1 });
  });

  test("is called by a state machine under the machine's role, and by a rule when that execution fails", async () => {
    const { Machine } = await deployWriter();

    await new SFNClient(aws.clientConfig()).send(
      new StartExecutionCommand({ stateMachineArn: Machine, input: '{"names":["/mine/started"],"fail":true}' }),
    );

    await vi.waitFor(async () => expect(await parameterExists("/mine/ended")).toBe(true), 10_000);
    expect(await parameterExists("/mine/started")).toBe(true);
    expect(aws.services.events.failedDeliveries).toEqual([]);
  });
});

test("clients are root unless they are given a role", async () => {
  const { WriterRoleArn = "" } = await deployWriter();
  const arnOf = async (config: ReturnType<PocketAws["clientConfig"]>) =>
    (await new STSClient(config).send(new GetCallerIdentityCommand({}))).Arn;

  expect(await arnOf(aws.clientConfig())).toBe("arn:aws:iam::111122223333:root");
  expect(await arnOf(aws.clientConfig(aws.asRole(WriterRoleArn, "me")))).toMatch(
    /:assumed-role\/App-WriterRole-\w+\/me$/,
  );
});

test("conditions are read live", async () => {
  const ssm = new SSMClient({ ...aws.clientConfig(), maxAttempts: 1 });
  const read = () => ssm.send(new GetParameterCommand({ Name: "/a" }));

  aws.conditions.internalErrorRate = 1;
  await expect(read()).rejects.toMatchObject({ name: "InternalServerError" });
  aws.conditions.internalErrorRate = 0;
  await expect(read()).rejects.toMatchObject({ name: "ParameterNotFound" });
});

test("every pocket AWS is an account of its own", async () => {
  await deployWriter();
  const other = await startPocketAws({ accountId: "444455556666", region: "eu-west-1" });
  try {
    const { TableNames } = await new DynamoDBClient(other.clientConfig()).send(new ListTablesCommand({}));
    const { Buckets = [] } = await new S3Client(other.clientConfig()).send(new ListBucketsCommand({}));
    const { Account } = await new STSClient(other.clientConfig()).send(new GetCallerIdentityCommand({}));
    expect({ TableNames, Buckets, Account }).toEqual({ TableNames: [], Buckets: [], Account: "444455556666" });
  } finally {
    await other.close();
  }
});

test("the synthesized template of this repository deploys", async () => {
  const outputs = await aws.deployApp();

  expect(outputs).toMatchObject({
    StateMachineArn: "arn:aws:states:us-east-1:111122223333:stateMachine:backstitch-recover",
    RecoveryBucketName: expect.stringMatching(/./),
    RecoveriesTableName: expect.stringMatching(/./),
  });
  expect(aws.services.lambda.functionNames()).toContain("backstitch-preflight");
  expect(aws.faults).toBe(0);
}, 120_000);
