import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LostAnswer } from "../../local/interception.ts";
import { type PocketAws, startPocketAws } from "../../local/pocket-aws.ts";
import { AwsError } from "../../local/service.ts";

let aws: PocketAws;
let ssm: SSMClient;
beforeEach(async () => {
  aws = await startPocketAws();
  ssm = new SSMClient({ ...aws.clientConfig(), maxAttempts: 1 });
});
afterEach(async () => {
  ssm.destroy();
  await aws.close();
});

const put = (Value: string) =>
  ssm.send(new PutParameterCommand({ Name: "/a", Type: "String", Value, Overwrite: true }));
const value = async () => (await ssm.send(new GetParameterCommand({ Name: "/a" }))).Parameter?.Value;

test("a lost answer breaks the connection after the call took effect", async () => {
  await put("before");
  aws.intercept = async (_call, proceed) => {
    await proceed();
    throw new LostAnswer();
  };

  await expect(put("after")).rejects.toMatchObject({ code: "ECONNRESET" });

  aws.intercept = undefined;
  expect(await value()).toBe("after");
  expect(aws.faults).toBe(0);
});

test("an error in a service's stead keeps the call from taking effect", async () => {
  await put("before");
  aws.intercept = async () => {
    throw new AwsError("ThrottlingException", "Rate exceeded");
  };

  await expect(put("after")).rejects.toMatchObject({ name: "ThrottlingException" });

  aws.intercept = undefined;
  expect(await value()).toBe("before");
});

test("who stands between is told of service, action and caller, and may let the call pass", async () => {
  const seen: string[] = [];
  aws.intercept = (call, proceed) => {
    seen.push(`${call.service} ${call.action} ${call.request.caller.kind}`);
    return proceed();
  };

  await put("after");

  expect(seen).toEqual(["ssm PutParameter root"]);
});
