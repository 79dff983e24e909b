import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PublishedMessage, SnsService } from "../../../local/sns/service.ts";
import { gatewayWith, type TestGateway } from "../gateway-with.ts";
import { ACCOUNT, policy } from "../iam/policies.ts";

let pocket: TestGateway;
let service: SnsService;
let sns: SNSClient;
let told: { message: PublishedMessage; endpoints: string[] }[];
const TopicArn = `arn:aws:sns:us-east-1:${ACCOUNT}:recoveries`;

beforeEach(async () => {
  told = [];
  pocket = await gatewayWith((iam) => {
    service = new SnsService({
      authorizer: iam,
      onPublish: (message, subscriptions) =>
        told.push({ message, endpoints: subscriptions.map(({ endpoint }) => endpoint) }),
    });
    return [service];
  });
  sns = new SNSClient(pocket.config());
  await sns.send(new CreateTopicCommand({ Name: "recoveries" }));
});
afterEach(async () => {
  sns.destroy();
  await pocket.gateway.close();
  expect(pocket.faults).toEqual([]);
});

describe("SNS", () => {
  it("lets an AWS service publish by the topic's policy alone, for the source that it names", async () => {
    const alarm = `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:dead-letters`;
    const sender = { service: "cloudwatch.amazonaws.com", sourceArn: alarm, accountId: ACCOUNT };
    const AttributeValue = JSON.stringify(
      policy({
        Effect: "Allow",
        Principal: { Service: sender.service },
        Action: "sns:Publish",
        Resource: TopicArn,
        Condition: { ArnEquals: { "aws:SourceArn": alarm }, StringEquals: { "aws:SourceAccount": ACCOUNT } },
      }),
    );
    const publish = (changes: object = {}) =>
      service.publishAsService(TopicArn, "ALARM", "{}", { ...sender, ...changes });
    expect(() => publish()).toThrow(/cloudwatch.amazonaws.com is not authorized to perform: sns:Publish/);

    await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }));
    publish();

    expect(told.map(({ message }) => message.subject)).toEqual(["ALARM"]);
    expect(() => publish({ sourceArn: `${alarm}-of-another` })).toThrow("not authorized");
    expect(() => publish({ service: "events.amazonaws.com" })).toThrow("not authorized");
  });

  it("keeps what is published and tells the listener, with who is subscribed", async () => {
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "oncall@example.com" }));

    const { MessageId } = await sns.send(
      new PublishCommand({
        TopicArn,
        Subject: "Recovery failed",
        Message: "a & b\n<c> ü",
        MessageAttributes: { status: { DataType: "String", StringValue: "FAILED" } },
      }),
    );

    expect(service.messages).toMatchObject([
      {
        messageId: MessageId,
        topicArn: TopicArn,
        subject: "Recovery failed",
        message: "a & b\n<c> ü",
        attributes: { status: "FAILED" },
      },
    ]);
    expect(told).toEqual([{ message: service.messages[0], endpoints: ["oncall@example.com"] }]);
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(Subscriptions).toMatchObject([{ Protocol: "email", Endpoint: "oncall@example.com", Owner: ACCOUNT }]);
  });

  it("makes a topic once, lists it and keeps its attributes", async () => {
    expect((await sns.send(new CreateTopicCommand({ Name: "recoveries" }))).TopicArn).toBe(TopicArn);
    await sns.send(
      new SetTopicAttributesCommand({ TopicArn, AttributeName: "DisplayName", AttributeValue: "Recoveries" }),
    );

    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn }]);
    expect((await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes).toEqual({
      TopicArn,
      DisplayName: "Recoveries",
    });
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await expect(sns.send(new PublishCommand({ TopicArn, Message: "m" }))).rejects.toMatchObject({
      name: "NotFoundException",
    });
  });

  it.each([
    ["a message over 256 KB", { Message: "x".repeat(256 * 1024 + 1) }],
    ["an empty message", { Message: "" }],
    ["a subject of two lines", { Subject: "a\nb" }],
    ["a subject over 100 characters", { Subject: "a".repeat(101) }],
    ["a subject that is not ASCII", { Subject: "ü" }],
  ])("refuses %s", async (_what, rest) => {
    const publish = sns.send(new PublishCommand({ TopicArn, Message: "m", ...rest }));

    await expect(publish).rejects.toMatchObject({ name: "InvalidParameterException" });
    expect(service.messages).toEqual([]);
  });

  it("asks IAM, and the topic's own policy", async () => {
    const denied = new SNSClient(pocket.config(await pocket.roleWith("mute")));
    await expect(denied.send(new PublishCommand({ TopicArn, Message: "m" }))).rejects.toMatchObject({
      name: "AuthorizationErrorException",
      message: expect.stringContaining("is not authorized to perform: sns:Publish"),
    });

    const AttributeValue = JSON.stringify(
      policy({
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/mute` },
        Action: "sns:Publish",
        Resource: TopicArn,
      }),
    );
    await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }));

    expect((await denied.send(new PublishCommand({ TopicArn, Message: "m" }))).MessageId).toBeDefined();
  });

  it("names an attribute that would change deliveries", async () => {
    const set = new SetTopicAttributesCommand({ TopicArn, AttributeName: "DeliveryPolicy", AttributeValue: "{}" });

    await expect(sns.send(set)).rejects.toThrow(/the topic attribute DeliveryPolicy/);
  });
});
