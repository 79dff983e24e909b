import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { quietConditions } from "../../../local/conditions.ts";
import type { FunctionConfiguration } from "../../../local/lambda/function-configuration.ts";
import { type FinishedInvocation, type LambdaDependencies, LambdaService } from "../../../local/lambda/service.ts";
import { type AuthorizationRequest, AwsError, type Caller } from "../../../local/service.ts";
import { codeDirectory } from "../../support/lambda-code.ts";

const ACCOUNT = "111122223333";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/plan-part`;
const ROOT: Caller = {
  accountId: ACCOUNT,
  kind: "root",
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  principalArn: `arn:aws:iam::${ACCOUNT}:root`,
  accessKeyId: "AKIAROOT",
};

const open: LambdaService[] = [];
afterEach(async () => {
  for (const lambda of open.splice(0)) await lambda.close();
});

function startLambda(overrides: Partial<LambdaDependencies> = {}) {
  const lines: string[] = [];
  const authorized: AuthorizationRequest[] = [];
  const sessions: string[] = [];
  const lambda = new LambdaService({
    accountId: ACCOUNT,
    region: "us-east-1",
    conditions: quietConditions({ waitScale: 0.00001 }),
    authorizer: { authorize: (request) => void authorized.push(request) },
    sessions: {
      assumeRoleAsService: (roleArn, service, session) => {
        sessions.push(`${roleArn} ${service} ${session}`);
        return { accessKeyId: `ASIA${sessions.length}`, secretAccessKey: "secret", sessionToken: "token" };
      },
      callerOf: () => ROOT,
    },
    endpoint: () => "http://127.0.0.1:4599",
    log: (group, stream, line) => lines.push(`${group} ${stream} ${line}`),
    ...overrides,
  });
  open.push(lambda);
  return { lambda, lines, authorized, sessions };
}

function esm(handlerBody: string, top = ""): string {
  return codeDirectory({ "index.mjs": `${top}\nexport const handler = async (event, context) => { ${handlerBody} };` });
}

function deploy(lambda: LambdaService, code: string, overrides: Partial<FunctionConfiguration> = {}): string {
  return lambda.createFunction({
    name: "plan-part",
    codeDirectory: code,
    handler: "index.handler",
    roleArn: ROLE,
    environment: {},
    timeoutSeconds: 30,
    memoryMb: 128,
    ...overrides,
  }).functionArn;
}

describe("running code", () => {
  test("runs an ES module's handler and answers its result", async () => {
    const { lambda } = startLambda();
    deploy(lambda, esm("return { got: event.part };"));

    expect(await lambda.invoke("plan-part", { part: 7 }, ROOT)).toEqual({ payload: { got: 7 } });
  });

  test("runs CommonJS in index.js although a package.json above makes .js an ES module", async () => {
    const { lambda } = startLambda();
    const parent = codeDirectory({ "package.json": '{ "type": "module" }' });
    mkdirSync(`${parent}/asset`);
    writeFileSync(
      `${parent}/asset/index.js`,
      `"use strict"; const { join } = require("node:path"); exports.handler = async () => join("a", "b");`,
    );
    deploy(lambda, `${parent}/asset`);

    expect(await lambda.invoke("plan-part", {}, ROOT)).toEqual({ payload: "a/b" });
  });

  test("keeps the compiled code of CommonJS where the deployment says, and uses it", async () => {
    const { lambda } = startLambda();
    const code = codeDirectory({ "index.js": "exports.handler = async () => 'compiled';" });
    const codeCacheFile = `${code}/cache/index.v8`;
    deploy(lambda, code, { name: "first", codeCacheFile });
    deploy(lambda, code, { name: "second", codeCacheFile });

    expect(await lambda.invoke("first", {}, ROOT)).toEqual({ payload: "compiled" });
    expect(existsSync(codeCacheFile)).toBe(true);
    expect(await lambda.invoke("second", {}, ROOT)).toEqual({ payload: "compiled" });
  });

  test("answers null for undefined", async () => {
    const { lambda } = startLambda();
    deploy(lambda, esm(""));

    expect(await lambda.invoke("plan-part", {}, ROOT)).toEqual({ payload: null });
  });

  test("keeps an environment warm and uses it again", async () => {
    const { lambda, sessions } = startLambda();
    deploy(lambda, esm("return ++count;", "let count = 0;"));

    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(await lambda.invoke("plan-part", {}, ROOT));

    expect(answers).toEqual([{ payload: 1 }, { payload: 2 }, { payload: 3 }]);
    expect(sessions).toEqual([`${ROLE} lambda.amazonaws.com plan-part`]);
  });

  test("gives each function its own process.env, with the runtime's variables and nothing of this process", async () => {
    const { lambda } = startLambda();
    vi.stubEnv("ONLY_HERE", "1");
    const code = esm("process.env.LEAK = 'x'; return process.env;");
    deploy(lambda, code, { name: "first", environment: { TABLE: "orders" } });
    deploy(lambda, esm("return process.env;"), { name: "second", environment: { TABLE: "other" } });

    const first = await lambda.invoke("first", {}, ROOT);
    const second = await lambda.invoke("second", {}, ROOT);

    expect(first).toMatchObject({
      payload: {
        TABLE: "orders",
        AWS_REGION: "us-east-1",
        AWS_LAMBDA_FUNCTION_NAME: "first",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
        AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/first",
        AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
        AWS_ENDPOINT_URL: "http://127.0.0.1:4599",
        AWS_ACCESS_KEY_ID: "ASIA1",
        LAMBDA_TASK_ROOT: code,
        _HANDLER: "index.handler",
      },
    });
    expect(second).toMatchObject({ payload: { TABLE: "other", AWS_ACCESS_KEY_ID: "ASIA2" } });
    const variables = Object.keys((second as { payload: object }).payload);
    expect(variables).not.toContain("LEAK");
    expect(variables).not.toContain("ONLY_HERE");
    expect(variables).not.toContain("PATH");
    vi.unstubAllEnvs();
  });

  test("hands over Lambda's context", async () => {
    const { lambda } = startLambda();
    const arn = deploy(
      lambda,
      esm("return { ...context, left: context.getRemainingTimeInMillis(), id: context.awsRequestId.length };"),
      { logGroup: "plan-part-logs" },
    );

    const answer = await lambda.invoke("plan-part", {}, ROOT);

    expect(answer).toMatchObject({
      payload: {
        functionName: "plan-part",
        functionVersion: "$LATEST",
        invokedFunctionArn: arn,
        memoryLimitInMB: "128",
        logGroupName: "plan-part-logs",
        id: 36,
      },
    });
    const { left } = (answer as unknown as { payload: { left: number } }).payload;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(30_000);
  });

  test("starts environments for concurrent invocations and lets the rest wait at the ceiling", async () => {
    const { lambda, sessions } = startLambda({ limits: { perFunction: 2, inAll: 3 } });
    deploy(lambda, esm("await new Promise((r) => setTimeout(r, 20)); return event.i;"));

    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => lambda.invoke("plan-part", { i }, ROOT)));

    expect(answers).toEqual(Array.from({ length: 8 }, (_, i) => ({ payload: i })));
    expect(sessions).toHaveLength(2);
  });

  test("ends an idle environment of another function when all places are taken", async () => {
    const { lambda } = startLambda({ limits: { perFunction: 2, inAll: 1 } });
    deploy(lambda, esm("return 'first';"), { name: "first" });
    deploy(lambda, esm("return 'second';"), { name: "second" });

    const answers = await Promise.all(["first", "second", "first"].map((name) => lambda.invoke(name, {}, ROOT)));

    expect(answers).toEqual([{ payload: "first" }, { payload: "second" }, { payload: "first" }]);
  });

  test("an invocation whose environment can't be started while it waits is refused, and hurts no other", async () => {
    let refuses = false;
    const assumeRoleAsService = () => {
      if (refuses) throw new AwsError("AccessDenied", "the role cannot be assumed", 403);
      return { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" };
    };
    const { lambda } = startLambda({
      limits: { perFunction: 1, inAll: 1 },
      sessions: { assumeRoleAsService, callerOf: () => ROOT },
    });
    deploy(lambda, esm("return 'first';"), { name: "first" });
    deploy(lambda, esm(""), { name: "second" });

    const first = lambda.invoke("first", {}, ROOT);
    refuses = true;
    const second = lambda.invoke("second", {}, ROOT);

    await expect(second).rejects.toThrow("the role cannot be assumed");
    expect(await first).toEqual({ payload: "first" });
  });

  test("sends what the code prints to its log group", async () => {
    const { lambda, lines } = startLambda();
    deploy(lambda, esm("console.log('planned', event.part); console.error('odd');"));

    await lambda.invoke("plan-part", { part: 3 }, ROOT);

    await vi.waitFor(() => expect(lines).toHaveLength(2));
    expect(lines.toSorted()[1]).toMatch(/^\/aws\/lambda\/plan-part \d+\/\d+\/\d+\/\[\$LATEST\][0-9a-f]{32} planned 3$/);
  });
});

describe("failing", () => {
  test("answers name, message and trace of what the handler threw, and stays warm", async () => {
    const { lambda } = startLambda();
    const top = "class ReadOnlyLost extends Error { name = 'ReadOnlyLost' }; let calls = 0;";
    deploy(lambda, esm("if (calls++ === 0) throw new ReadOnlyLost('guard is gone'); return calls;", top));

    const failed = await lambda.invoke("plan-part", {}, ROOT);

    expect(failed).toMatchObject({ functionError: { errorType: "ReadOnlyLost", errorMessage: "guard is gone" } });
    expect((failed as unknown as { functionError: { trace: string[] } }).functionError.trace[0]).toContain(
      "guard is gone",
    );
    expect(await lambda.invoke("plan-part", {}, ROOT)).toEqual({ payload: 2 });
  });

  test("ends code that runs past its time-out, even in an endless loop", async () => {
    const { lambda } = startLambda();
    deploy(lambda, esm("if (event.hang) for (;;); return 'quick';"), { timeoutSeconds: 0.3 });

    expect(await lambda.invoke("plan-part", { hang: true }, ROOT)).toMatchObject({
      functionError: {
        errorType: "Sandbox.Timedout",
        errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 0.30 seconds$/),
      },
    });
    expect(await lambda.invoke("plan-part", {}, ROOT)).toEqual({ payload: "quick" });
  });

  test.each([
    ["process.exit(3);", "Runtime.ExitError", "Runtime exited with error: exit status 3"],
    [
      "void Promise.reject(new Error('lost')); await new Promise(() => {});",
      "Runtime.UnhandledPromiseRejection",
      "lost",
    ],
    ["setTimeout(() => { throw new TypeError('later'); }); await new Promise(() => {});", "TypeError", "later"],
    ["const hog = []; for (;;) hog.push(new Array(1e5).fill({}));", "Runtime.ExitError", "signal: killed"],
    ["return 1n;", "TypeError", "BigInt"],
    ["return 'x'.repeat(7e6);", "Function.ResponseSizeTooLarge", "exceeded maximum"],
  ])("answers a function error for %s", async (body, errorType, message) => {
    const { lambda } = startLambda();
    deploy(lambda, esm(`if (event.ok) return 'ok'; ${body}`), { memoryMb: 32 });

    expect(await lambda.invoke("plan-part", {}, ROOT)).toMatchObject({
      functionError: { errorType, errorMessage: expect.stringContaining(message) },
    });
    expect(await lambda.invoke("plan-part", { ok: true }, ROOT)).toEqual({ payload: "ok" });
  });

  test.each([
    [{ "index.mjs": "throw new RangeError('no table');" }, "RangeError", "no table"],
    [{ "index.mjs": "export const other = 1;" }, "Runtime.HandlerNotFound", "index.handler is undefined"],
    [{ "other.mjs": "" }, "Runtime.ImportModuleError", "Cannot find module 'index'"],
  ])("answers a function error when the code of %j does not load", async (files, errorType, message) => {
    const { lambda } = startLambda();
    deploy(lambda, codeDirectory(files));

    expect(await lambda.invoke("plan-part", {}, ROOT)).toMatchObject({
      functionError: { errorType, errorMessage: expect.stringContaining(message) },
    });
  });

  test("refuses a request of more than 6 MB and a function that is not there", async () => {
    const { lambda } = startLambda();
    deploy(lambda, esm(""));

    await expect(lambda.invoke("plan-part", "x".repeat(7e6), ROOT)).rejects.toMatchObject({
      name: "RequestTooLargeException",
    });
    await expect(lambda.invoke("plan-parts", {}, ROOT)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: expect.stringContaining("function:plan-parts"),
    });
  });

  test("an abort ends the waiting while the function runs to its end", async () => {
    const { lambda } = startLambda();
    deploy(lambda, esm("await new Promise((r) => setTimeout(r, 100)); return 'done';"));
    const ended = new Promise<FinishedInvocation>((resolve) => lambda.onInvoke(resolve));

    const waiting = lambda.invoke("plan-part", {}, ROOT, AbortSignal.timeout(20));

    await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
    expect(await ended).not.toHaveProperty("functionError");
  });
});

describe("who may invoke", () => {
  test("asks for lambda:InvokeFunction on the function as the caller", async () => {
    const { lambda, authorized } = startLambda();
    const arn = deploy(lambda, esm(""));

    await lambda.invoke(arn, {}, ROOT);

    expect(authorized).toEqual([
      { caller: ROOT, action: "lambda:InvokeFunction", resource: arn, resourcePolicy: undefined },
    ]);
  });

  test("hands the function's permissions for principals to the authorizer as its resource policy", async () => {
    const { lambda, authorized } = startLambda();
    const arn = deploy(lambda, esm(""));
    lambda.addPermission(arn, { statementId: "ops", principal: ACCOUNT });
    lambda.addPermission(arn, { statementId: "rule", principal: "events.amazonaws.com" });

    await lambda.invoke(arn, {}, ROOT);

    expect(authorized[0]?.resourcePolicy?.Statement).toEqual([
      {
        Sid: "ops",
        Effect: "Allow",
        Principal: { AWS: ACCOUNT },
        Action: "lambda:InvokeFunction",
        Resource: arn,
      },
    ]);
  });

  test("runs nothing for a caller who is refused", async () => {
    const refuse = () => {
      throw new AwsError("AccessDeniedException", "no", 403);
    };
    const { lambda, sessions } = startLambda({ authorizer: { authorize: refuse } });
    deploy(lambda, esm(""));

    await expect(lambda.invoke("plan-part", {}, ROOT)).rejects.toThrow("no");
    expect(sessions).toEqual([]);
  });

  const rule = "arn:aws:events:us-east-1:111122223333:rule/ended";
  const invoker = { service: "events.amazonaws.com", sourceArn: rule, accountId: ACCOUNT };
  test.each([
    ["no permission", [], false],
    ["a permission for another service", [{ statementId: "a", principal: "sns.amazonaws.com" }], false],
    [
      "a permission for another rule",
      [{ statementId: "a", principal: "events.amazonaws.com", sourceArn: `${rule}-not` }],
      false,
    ],
    [
      "a permission from another account",
      [{ statementId: "a", principal: "events.amazonaws.com", sourceAccount: "999999999999" }],
      false,
    ],
    ["its permission", [{ statementId: "a", principal: "events.amazonaws.com", sourceArn: rule }], true],
    [
      "a permission by pattern",
      [{ statementId: "a", principal: "events.amazonaws.com", sourceArn: "arn:aws:events:*:rule/e?ded" }],
      true,
    ],
  ])("a service with %s invokes: %s", async (_, permissions, allowed) => {
    const { lambda } = startLambda();
    const arn = deploy(lambda, esm(""));
    for (const permission of permissions) lambda.addPermission(arn, permission);
    const ended = new Promise((resolve) => lambda.onInvoke(resolve));

    const invoke = () => lambda.invokeAsynchronously(arn, "{}", invoker);

    if (allowed) {
      invoke();
      await ended;
    } else expect(invoke).toThrow("events.amazonaws.com is not authorized to perform: lambda:InvokeFunction");
  });
});

describe("asynchronous invocations", () => {
  test("are tried three times, then dropped with a line in the log", async () => {
    const { lambda, lines } = startLambda();
    deploy(lambda, esm("throw new Error('again');"));
    const ended: FinishedInvocation[] = [];
    lambda.onInvoke((invocation) => ended.push(invocation));

    lambda.invokeAsynchronously("plan-part", '{"part":1}', ROOT);

    await vi.waitFor(() => expect(lines.some((line) => line.includes("dropped"))).toBe(true), 5000);
    expect(ended.map(({ payload }) => payload)).toEqual([{ part: 1 }, { part: 1 }, { part: 1 }]);
    expect(new Set(ended.map(({ requestId }) => requestId)).size).toBe(1);
  });

  const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:dead`;
  const CONFIG = { maximumRetryAttempts: 1, maximumEventAgeSeconds: 21_600, onFailureArn: QUEUE };

  test("go to the function's destination once it has failed as often as it may, sent by its role", async () => {
    const sent: [string, string, string][] = [];
    const { lambda, sessions } = startLambda({
      sendToQueue: (queue, body, { arn }) => void sent.push([queue, body, arn]),
    });
    deploy(lambda, esm("throw new Error('again');"));
    lambda.putEventInvokeConfig("plan-part", CONFIG);

    lambda.invokeAsynchronously("plan-part", '{"part":1}', ROOT);

    await vi.waitFor(() => expect(sent).toHaveLength(1), 5000);
    const [queue, body] = sent[0] ?? [];
    expect(queue).toBe(QUEUE);
    expect(JSON.parse(body ?? "")).toMatchObject({
      requestContext: {
        functionArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:plan-part:$LATEST`,
        condition: "RetriesExhausted",
        approximateInvokeCount: 2,
      },
      requestPayload: { part: 1 },
      responsePayload: { errorType: "Error", errorMessage: "again" },
    });
    expect(sessions.at(-1)).toBe(`${ROLE} lambda.amazonaws.com plan-part`);
  });

  test("whose destination refuses them are told in the log", async () => {
    const { lambda, lines } = startLambda({
      sendToQueue: () => {
        throw new AwsError("AccessDeniedException", "not authorized to perform: sqs:SendMessage");
      },
    });
    deploy(lambda, esm("throw new Error('again');"));
    lambda.putEventInvokeConfig("plan-part", { ...CONFIG, maximumRetryAttempts: 0 });

    lambda.invokeAsynchronously("plan-part", "{}", ROOT);

    await vi.waitFor(() => expect(lines.join()).toMatch(/dropped: .*sqs:SendMessage/), 5000);
  });

  test("may fail to queues alone, and not before their last try", () => {
    const { lambda } = startLambda();
    deploy(lambda, esm(""));

    expect(() => lambda.putEventInvokeConfig("plan-part", { ...CONFIG, onFailureArn: "arn:aws:sns:x" })).toThrow(
      "the destination arn:aws:sns:x",
    );
    expect(() => lambda.putEventInvokeConfig("plan-part", { ...CONFIG, maximumEventAgeSeconds: 60 })).toThrow(
      "events that grow too old in 60 s",
    );
  });
});

describe("planned kills", () => {
  const shared = "globalThis.shared ??= 0;";

  test("before the start: no code runs, and the next invocation is untouched", async () => {
    const { lambda } = startLambda();
    deploy(lambda, esm("console.log('ran'); return 'ok';", shared));
    const kill = lambda.faults.killDuring({ functionName: "plan-part", moment: "before-start" });

    const answer = await lambda.invoke("plan-part", {}, ROOT);

    expect(answer).toMatchObject({
      functionError: { errorType: "Runtime.ExitError", errorMessage: expect.stringContaining("signal: killed") },
    });
    expect(kill.happened).toBe(true);
    expect(await lambda.invoke("plan-part", {}, ROOT)).toEqual({ payload: "ok" });
  });

  test("before the answer: the work is done and the answer lost", async () => {
    const { lambda, lines } = startLambda();
    deploy(lambda, esm("console.log('ran'); await new Promise((r) => setTimeout(r, 20)); return 'ok';"));
    lambda.faults.killDuring({ functionName: "plan-part", moment: "before-answer" });

    expect(await lambda.invoke("plan-part", {}, ROOT)).toMatchObject({
      functionError: { errorType: "Runtime.ExitError" },
    });
    await vi.waitFor(() => expect(lines).toHaveLength(1));
  });

  test("after a number of AWS calls: the environment with that key dies there", async () => {
    const { lambda } = startLambda();
    deploy(lambda, esm("await new Promise(() => {});"));
    const kill = lambda.faults.killDuring({ functionName: "plan-part", moment: { afterCalls: 2 } });

    const invocation = lambda.invoke("plan-part", {}, ROOT);
    await delay(10);
    await lambda.callTookEffect("ASIA1");
    await lambda.callTookEffect("ASIA-someone-else");
    expect(kill.happened).toBe(false);
    await lambda.callTookEffect("ASIA1");

    expect(await invocation).toMatchObject({ functionError: { errorType: "Runtime.ExitError" } });
    expect(kill.happened).toBe(true);
  });

  test("picks the nth invocation among those that match, and did not happen where the calls never came", async () => {
    const { lambda } = startLambda();
    deploy(lambda, esm("return event.part;"));
    const kill = lambda.faults.killDuring({
      functionName: "plan-part",
      invocation: 2,
      moment: "before-start",
      matches: (payload) => (payload as { part: number }).part > 1,
    });
    const never = lambda.faults.killDuring({ functionName: "plan-part", moment: { afterCalls: 1 } });

    const answers = [];
    for (const part of [1, 2, 3]) answers.push("payload" in (await lambda.invoke("plan-part", { part }, ROOT)));

    expect(answers).toEqual([true, true, false]);
    expect([kill.happened, never.happened]).toEqual([true, false]);
  });
});

test("tells listeners about each invocation with its peak memory", async () => {
  const { lambda } = startLambda();
  deploy(
    lambda,
    esm("const big = Buffer.alloc(30e6, 1); await new Promise((r) => setTimeout(r, 60)); return big.length;"),
  );
  const seen: FinishedInvocation[] = [];
  const stop = lambda.onInvoke((invocation) => seen.push(invocation));

  await lambda.invoke("plan-part", { part: 1 }, ROOT);
  stop();
  await lambda.invoke("plan-part", { part: 2 }, ROOT);

  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ functionName: "plan-part", coldStart: true, payload: { part: 1 } });
  expect(seen[0]?.peakMemoryBytes).toBeGreaterThan(30e6);
});

test("a changed variable reaches the next invocation", async () => {
  const { lambda } = startLambda();
  deploy(lambda, esm("return process.env.TABLE;"), { environment: { TABLE: "orders", OTHER: "1" } });
  await lambda.invoke("plan-part", {}, ROOT);

  await lambda.updateEnvironment("plan-part", { TABLE: "invoices" });

  expect(await lambda.invoke("plan-part", {}, ROOT)).toEqual({ payload: "invoices" });
});
