import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { quietConditions } from "../../../local/conditions.ts";
import { LambdaService } from "../../../local/lambda/service.ts";
import { AwsError, type Caller } from "../../../local/service.ts";
import { codeDirectory } from "../../support/lambda-code.ts";

const ROOT: Caller = { accountId: "1", kind: "root", arn: "root", principalArn: "root", accessKeyId: "AKIAROOT" };
const lines: string[] = [];
let lambda: LambdaService;
afterEach(async () => {
  lines.length = 0;
  await lambda.close();
});

/** Says what it was given, after a while. */
function deploy(milliseconds = 0): void {
  lambda = new LambdaService({
    accountId: "1",
    region: "us-east-1",
    conditions: quietConditions(),
    authorizer: { authorize: () => undefined },
    sessions: {
      assumeRoleAsService: () => ({ accessKeyId: "ASIA1", secretAccessKey: "secret", sessionToken: "token" }),
      callerOf: () => ROOT,
    },
    endpoint: () => "http://127.0.0.1:1",
    log: (_group, _stream, line) => lines.push(line),
  });
  const codeDirectoryOf = codeDirectory({
    "index.mjs": `export const handler = async ({ part }) => {
      await new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
      console.log("done " + part);
      return part;
    };`,
  });
  lambda.createFunction({
    name: "apply-part",
    codeDirectory: codeDirectoryOf,
    handler: "index.handler",
    roleArn: "role",
    environment: {},
    timeoutSeconds: 30,
    memoryMb: 128,
  });
}

test.each(["beside", "afterwards"] as const)(
  "the ordered invocation runs twice, %s, and no other does",
  async (when) => {
    deploy();
    const planned = lambda.faults.repeatDuring({ functionName: "apply-part", when, invocation: 2 });

    for (const part of [1, 2, 3]) expect(await lambda.invoke("apply-part", { part }, ROOT)).toEqual({ payload: part });

    await vi.waitFor(() => expect(lines.toSorted()).toEqual(["done 1", "done 2", "done 2", "done 3"]));
    expect(planned.happened).toBe(true);
  },
);

test("whoever waits for an abandoned function hears an error, while it runs on to its end", async () => {
  deploy(50);
  const answer = lambda.invoke("apply-part", { part: 1 }, ROOT);
  await delay(0);

  expect(lambda.faults.abandonRunning("apply-part", new AwsError("SdkClientException", "gone", 500))).toBe(true);

  await expect(answer).rejects.toThrow("gone");
  expect(lambda.running).toBe(1);
  await vi.waitFor(() => expect(lines).toEqual(["done 1"]));
  await vi.waitFor(() => expect(lambda.running).toBe(0));
});

test("nobody waits for a function that is not running", () => {
  deploy();

  expect(lambda.faults.abandonRunning("apply-part", new Error("gone"))).toBe(false);
});
