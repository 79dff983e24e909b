import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FinishedInvocation } from "../../../local/lambda/service.ts";
import { type PocketAws, startPocketAws } from "../../../local/pocket-aws.ts";
import { codeDirectory } from "../../support/lambda-code.ts";

const ROLE = "arn:aws:iam::111122223333:role/echo";

let aws: PocketAws;
let client: LambdaClient;
let arn: string;
beforeAll(async () => {
  aws = await startPocketAws();
  client = new LambdaClient({ ...aws.clientConfig(), maxAttempts: 1 });
  const trust = {
    Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  await new IAMClient(aws.clientConfig()).send(
    new CreateRoleCommand({ RoleName: "echo", AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  arn = aws.services.lambda.createFunction({
    name: "echo",
    codeDirectory: codeDirectory({
      "index.js":
        "exports.handler = async (event) => { if (event.fail) throw new RangeError('no'); return { event }; };",
    }),
    handler: "index.handler",
    roleArn: ROLE,
    environment: { TABLE: "orders" },
    timeoutSeconds: 7,
    memoryMb: 256,
  }).functionArn;
});
afterAll(() => aws.close());

const text = (payload: Uint8Array | undefined) => Buffer.from(payload ?? []).toString();

test("Invoke answers the payload, by name or by ARN", async () => {
  for (const FunctionName of ["echo", arn]) {
    const answer = await client.send(new InvokeCommand({ FunctionName, Payload: '{"a":1}' }));
    expect({ ...answer, Payload: text(answer.Payload) }).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      Payload: '{"event":{"a":1}}',
    });
  }
});

test("Invoke tells a function error in the header, with its type and message as the payload", async () => {
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({ FunctionName: "echo", Payload: '{"fail":true}', LogType: "Tail" }),
  );

  expect(FunctionError).toBe("Unhandled");
  expect(JSON.parse(text(Payload))).toMatchObject({ errorType: "RangeError", errorMessage: "no" });
});

test("Invoke as Event answers 202 at once and runs later", async () => {
  const ended = new Promise<FinishedInvocation>((resolve) => aws.services.lambda.onInvoke(resolve));

  const { StatusCode } = await client.send(
    new InvokeCommand({ FunctionName: "echo", InvocationType: "Event", Payload: '{"later":1}' }),
  );

  expect(StatusCode).toBe(202);
  expect((await ended).payload).toEqual({ later: 1 });
});

test("GetFunction and GetFunctionConfiguration describe what the template set", async () => {
  const described = {
    FunctionArn: arn,
    Role: ROLE,
    Timeout: 7,
    MemorySize: 256,
    Environment: { Variables: { TABLE: "orders" } },
    LoggingConfig: { LogGroup: "/aws/lambda/echo" },
  };

  expect(await client.send(new GetFunctionConfigurationCommand({ FunctionName: "echo" }))).toMatchObject(described);
  expect((await client.send(new GetFunctionCommand({ FunctionName: arn }))).Configuration).toMatchObject(described);
});

test("a role without permission is refused by name", async () => {
  const asEcho = new LambdaClient(aws.clientConfig(aws.asRole(ROLE)));

  await expect(asEcho.send(new InvokeCommand({ FunctionName: "echo" }))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(`not authorized to perform: lambda:InvokeFunction on resource: ${arn}`),
  });
});

test.each([
  ["another operation", new ListFunctionsCommand({}), "GET /2015-03-31/functions"],
  ["a dry run", new InvokeCommand({ FunctionName: "echo", InvocationType: "DryRun" }), "invocation type DryRun"],
  ["a version", new InvokeCommand({ FunctionName: "echo", Qualifier: "7" }), "query parameter Qualifier"],
] as const)("%s is not known, and the error says so", async (_, command, message) => {
  await expect(client.send(command as InvokeCommand)).rejects.toMatchObject({
    name: "NotInPocketAws",
    message: expect.stringContaining(message),
  });
});

test("a payload that is no JSON is refused", async () => {
  await expect(client.send(new InvokeCommand({ FunctionName: "echo", Payload: "{" }))).rejects.toMatchObject({
    name: "InvalidRequestContentException",
  });
});
