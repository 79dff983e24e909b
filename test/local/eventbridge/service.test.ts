import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventBridgeService } from "../../../local/eventbridge/service.ts";
import { gatewayWith, type TestGateway } from "../gateway-with.ts";
import { ACCOUNT } from "../iam/policies.ts";

let pocket: TestGateway;
let service: EventBridgeService;
let events: EventBridgeClient;
let delivered: unknown[][];
let deadLetters: unknown[][];
const ENDED = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:on-recovery-ended`;
const FAILING = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:failing`;

beforeEach(async () => {
  [delivered, deadLetters] = [[], []];
  pocket = await gatewayWith((iam) => {
    service = new EventBridgeService({
      authorizer: iam,
      now: () => 1_234,
      async invokeTarget(targetArn, event, ruleArn) {
        if (targetArn === FAILING) throw new Error("no such function");
        delivered.push([targetArn, event, ruleArn]);
      },
      sendDeadLetter: (queueArn, { body, attributes }, sender) =>
        void deadLetters.push([queueArn, JSON.parse(body), attributes, sender.sourceArn]),
    });
    return [service];
  });
  events = new EventBridgeClient(pocket.config());
});
afterEach(async () => {
  events.destroy();
  await service.close();
  await pocket.gateway.close();
  expect(pocket.faults).toEqual([]);
});

const rule = async (Name: string, rest: object, ...arns: string[]): Promise<void> => {
  await events.send(new PutRuleCommand({ Name, ...rest }));
  const Targets = arns.map((Arn, index) => ({ Id: `t${index}`, Arn }));
  if (arns.length > 0) await events.send(new PutTargetsCommand({ Rule: Name, Targets }));
};
const EventPattern = JSON.stringify({ source: ["aws.states"], detail: { status: ["FAILED"] } });
const failed = { source: "aws.states", "detail-type": "Status Change", detail: { status: "FAILED" } };

describe("EventBridge", () => {
  it("delivers an event of an AWS service to the targets of the rules that match", async () => {
    await rule("ended", { EventPattern }, ENDED);
    await rule("other", { EventPattern: JSON.stringify({ source: ["mine"] }) }, ENDED);
    await rule("off", { EventPattern, State: "DISABLED" }, ENDED);

    const event = service.emit({ ...failed, resources: ["arn"] });
    service.emit({ ...failed, detail: { status: "RUNNING" } });
    await service.idle();

    expect(delivered).toEqual([[ENDED, event, `arn:aws:events:us-east-1:${ACCOUNT}:rule/ended`]]);
    expect(event).toMatchObject({
      account: ACCOUNT,
      region: "us-east-1",
      time: "1970-01-01T00:00:01Z",
      resources: ["arn"],
    });
  });

  it("delivers put events, but takes none in the name of AWS", async () => {
    await rule("mine", { EventPattern: JSON.stringify({ source: ["mine"] }) }, ENDED);
    const put = (Source: string) =>
      events.send(new PutEventsCommand({ Entries: [{ Source, DetailType: "d", Detail: '{"a":1}' }] }));

    const { Entries } = await put("mine");
    await service.idle();

    expect(delivered).toMatchObject([
      [ENDED, { id: Entries?.[0]?.EventId, source: "mine", detail: { a: 1 } }, expect.any(String)],
    ]);
    await expect(put("aws.states")).rejects.toThrow(/Not authorized for the source aws.states/);
  });

  it("keeps a failed delivery and delivers to the other targets", async () => {
    await rule("ended", { EventPattern }, FAILING, ENDED);

    service.emit(failed);
    await service.idle();

    expect(delivered).toHaveLength(1);
    expect(service.failedDeliveries).toMatchObject([{ ruleName: "ended", targetArn: FAILING }]);
  });

  it("sends what can't be delivered to the target's dead-letter queue, with the reason", async () => {
    const [Rule, ruleArn, queue] = [
      "ended",
      `arn:aws:events:us-east-1:${ACCOUNT}:rule/ended`,
      `arn:aws:sqs:x:${ACCOUNT}:q`,
    ];
    const Target = {
      Id: "t",
      Arn: FAILING,
      DeadLetterConfig: { Arn: queue },
      RetryPolicy: { MaximumRetryAttempts: 4 },
    };
    await rule(Rule, { EventPattern });
    await events.send(new PutTargetsCommand({ Rule, Targets: [Target] }));

    const event = service.emit(failed);
    await service.idle();

    const reason = { ERROR_CODE: "Error", ERROR_MESSAGE: "no such function", RULE_ARN: ruleArn, TARGET_ARN: FAILING };
    expect(deadLetters).toEqual([[queue, event, reason, ruleArn]]);
    expect((await events.send(new ListTargetsByRuleCommand({ Rule }))).Targets).toEqual([
      { ...Target, RetryPolicy: { MaximumRetryAttempts: 4, MaximumEventAgeInSeconds: 86_400 } },
    ]);
  });

  it.each([
    ["a retry policy out of range", { RetryPolicy: { MaximumRetryAttempts: 186 } }, /RetryPolicy .* is not valid/],
    ["a dead-letter queue that is none", { DeadLetterConfig: { Arn: "arn:aws:sns:x:1:t" } }, /the ARN of a queue/],
    ["a member that is not known", { SqsParameters: { MessageGroupId: "g" } }, /the target member SqsParameters/],
  ])("refuses a target with %s", async (_what, changes, message) => {
    await rule("ended", { EventPattern });

    const Targets = [{ Id: "t", Arn: ENDED, ...changes }];
    await expect(events.send(new PutTargetsCommand({ Rule: "ended", Targets }))).rejects.toThrow(message);
  });

  it("fires a schedule when told to, with a target's fixed input where it has one", async () => {
    await rule("sweep", { ScheduleExpression: "rate(5 minutes)" }, ENDED);
    await events.send(
      new PutTargetsCommand({ Rule: "sweep", Targets: [{ Id: "t1", Arn: ENDED, Input: '{"sweep":true}' }] }),
    );

    service.runSchedule("sweep");
    await service.idle();

    expect(delivered.map(([, event]) => event)).toMatchObject([{ "detail-type": "Scheduled Event" }, { sweep: true }]);
  });

  it("shows rules and targets, and deletes a rule only without targets", async () => {
    await rule("ended", { EventPattern, Description: "d" }, ENDED);

    expect(await events.send(new DescribeRuleCommand({ Name: "ended" }))).toMatchObject({
      EventPattern,
      State: "ENABLED",
    });
    expect((await events.send(new ListRulesCommand({ NamePrefix: "en" }))).Rules).toMatchObject([{ Name: "ended" }]);
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: "ended" }));
    expect(Targets).toEqual([{ Id: "t0", Arn: ENDED }]);
    await expect(events.send(new DeleteRuleCommand({ Name: "ended" }))).rejects.toThrow(/has targets/);
    await events.send(new RemoveTargetsCommand({ Rule: "ended", Ids: ["t0"] }));
    await events.send(new DeleteRuleCommand({ Name: "ended" }));
    await expect(events.send(new DescribeRuleCommand({ Name: "ended" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("names what it does not know", async () => {
    await rule("ended", { EventPattern });
    const target = (rest: object) =>
      events.send(new PutTargetsCommand({ Rule: "ended", Targets: [{ Id: "t", Arn: ENDED, ...rest }] }));

    await expect(target({ InputTransformer: { InputTemplate: "{}" } })).rejects.toThrow(/InputTransformer/);
    await expect(target({ Arn: "arn:aws:sqs:us-east-1:1:q" })).rejects.toThrow(/the target arn:aws:sqs/);
    await expect(rule("cron", { ScheduleExpression: "cron(0 1 * * ? *)" })).rejects.toThrow(/the schedule cron/);
    await expect(rule("bus", { EventPattern, EventBusName: "mine" })).rejects.toThrow(/the event bus mine/);
  });

  it("asks IAM", async () => {
    const denied = new EventBridgeClient(pocket.config(await pocket.roleWith("app")));

    await expect(denied.send(new ListRulesCommand({}))).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});
