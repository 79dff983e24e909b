import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Credentials, ROOT_CREDENTIALS } from "../../../local/iam/credentials.ts";
import { SqsService } from "../../../local/sqs/service.ts";
import { gatewayWith, type TestGateway } from "../gateway-with.ts";
import { ACCOUNT } from "../iam/policies.ts";

let pocket: TestGateway;
let service: SqsService;
let nowMs: number;
let queueUrl: string;
let queueArn: string;
const RULE = `arn:aws:events:us-east-1:${ACCOUNT}:rule/ended`;
const BY_RULE = { service: "events.amazonaws.com", sourceArn: RULE, accountId: ACCOUNT };

beforeEach(async () => {
  nowMs = 1_000_000;
  pocket = await gatewayWith((iam) => {
    service = new SqsService({ authorizer: iam, now: () => nowMs });
    return [service];
  });
  ({ queueUrl, queueArn } = service.createQueue({ name: "dead", retentionSeconds: 600, visibilitySeconds: 30 }));
});
afterEach(async () => {
  await pocket.gateway.close();
  expect(pocket.faults).toEqual([]);
});

/** As an SDK client sends it: the repository has none for SQS. */
async function call(action: string, members: object, { accessKeyId }: Credentials = ROOT_CREDENTIALS) {
  const response = await fetch(pocket.gateway.endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261120/us-east-1/sqs/aws4_request`,
      "x-amz-target": `AmazonSQS.${action}`,
    },
    body: JSON.stringify({ QueueUrl: queueUrl, ...members }),
  });
  return (await response.json()) as Record<string, unknown> & { Messages?: Record<string, unknown>[] };
}

const attributesOf = async () => (await call("GetQueueAttributes", { AttributeNames: ["All"] })).Attributes;

describe("a queue", () => {
  test("hands a message out, hides it for a while, and is rid of it once it is deleted", async () => {
    await call("SendMessage", { MessageBody: "one" });

    const { Messages: [first] = [] } = await call("ReceiveMessage", {});
    expect(first).toMatchObject({ Body: "one", MD5OfBody: "f97c5d29941bfb1b2fdab0874906ab82" });
    expect((await call("ReceiveMessage", {})).Messages).toEqual([]);
    expect(await attributesOf()).toMatchObject({
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesNotVisible: "1",
    });

    nowMs += 30_000;
    const { Messages: [again] = [] } = await call("ReceiveMessage", {});
    expect(again?.MessageId).toBe(first?.MessageId);
    expect(await call("DeleteMessage", { ReceiptHandle: first?.ReceiptHandle })).toMatchObject({
      __type: "ReceiptHandleIsInvalid",
    });
    await call("DeleteMessage", { ReceiptHandle: again?.ReceiptHandle });
    nowMs += 30_000;
    expect((await call("ReceiveMessage", {})).Messages).toEqual([]);
  });

  test("forgets what is older than its retention", async () => {
    await call("SendMessage", { MessageBody: "old" });
    nowMs += 601_000;

    expect((await call("ReceiveMessage", {})).Messages).toEqual([]);
  });

  test("takes from a role what its policies allow, and nothing more", async () => {
    const sender = await pocket.roleWith("sender", { Effect: "Allow", Action: "sqs:SendMessage", Resource: queueArn });

    expect(await call("SendMessage", { MessageBody: "mine" }, sender)).toHaveProperty("MessageId");
    expect(await call("ReceiveMessage", {}, sender)).toMatchObject({ __type: "AccessDeniedException" });
  });

  test.each([
    ["PurgeQueue", {}, "the operation sqs:PurgeQueue"],
    ["SendMessage", { MessageBody: "x", DelaySeconds: 5 }, "the member DelaySeconds of sqs:SendMessage"],
    ["GetQueueAttributes", { AttributeNames: ["KmsMasterKeyId"] }, "the queue attribute KmsMasterKeyId"],
  ])("names what it does not know: %s", async (action, members, what) => {
    expect(await call(action, members)).toMatchObject({
      __type: "NotInPocketAws",
      message: expect.stringContaining(what),
    });
  });

  test("that is not there is an error", async () => {
    expect(await call("SendMessage", { QueueUrl: `${queueUrl}x`, MessageBody: "x" })).toMatchObject({
      __type: "AWS.SimpleQueueService.NonExistentQueue",
    });
  });
});

describe("a service that sends", () => {
  const policyFor = (sourceArn: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: queueArn,
          Condition: { ArnEquals: { "aws:SourceArn": sourceArn } },
        },
        {
          Effect: "Deny",
          Principal: { AWS: "*" },
          Action: "sqs:*",
          Resource: queueArn,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    });
  const message = { body: "event", attributes: { ERROR_CODE: "ResourceNotFoundException" } };

  test("is let in by the queue's policy, with its attributes", async () => {
    service.setPolicy(queueUrl, policyFor(RULE));
    service.sendAsService(queueArn, message, BY_RULE);

    expect((await call("ReceiveMessage", { MessageAttributeNames: ["All"] })).Messages).toMatchObject([
      {
        Body: "event",
        MessageAttributes: { ERROR_CODE: { DataType: "String", StringValue: "ResourceNotFoundException" } },
      },
    ]);
  });

  test.each([
    ["no policy", undefined],
    ["a policy for another rule", `${RULE}-of-others`],
  ])("is refused by %s", (_what, sourceArn) => {
    if (sourceArn) service.setPolicy(queueUrl, policyFor(sourceArn));

    expect(() => service.sendAsService(queueArn, message, BY_RULE)).toThrow(
      /events.amazonaws.com is not authorized to perform: sqs:SendMessage/,
    );
    expect(service.queue(queueArn).visibleMessages()).toEqual([]);
  });
});
