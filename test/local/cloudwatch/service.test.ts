import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CloudWatchService } from "../../../local/cloudwatch/service.ts";
import { gatewayWith } from "../gateway-with.ts";

const TOPIC = "arn:aws:sns:us-east-1:111122223333:people";
const HOUR = 3_600_000;

let nowMs: number;
let visible: number;
let published: { topicArn: string; subject: string; message: Record<string, unknown>; sourceArn: string }[];
let publishError: Error | undefined;
let service: CloudWatchService;

beforeEach(() => {
  [nowMs, visible, published, publishError] = [Date.UTC(2026, 10, 20), 0, [], undefined];
  service = new CloudWatchService({
    now: () => nowMs,
    visibleMessages: (name) => (name === "dead" ? visible : 0),
    publish: (topicArn, subject, message, { sourceArn }) => {
      if (publishError) throw publishError;
      published.push({ topicArn, subject, message: JSON.parse(message), sourceArn });
    },
  });
});
afterEach(() => service.close());

const alarm = (AlarmName: string, changes: object) =>
  service.putMetricAlarm({
    AlarmName,
    Namespace: "AWS/Lambda",
    MetricName: "Errors",
    Dimensions: [{ Name: "FunctionName", Value: "sweep" }],
    Statistic: "Sum",
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 0,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
    AlarmActions: [TOPIC],
    ...changes,
  });
const deadLetters = {
  Namespace: "AWS/SQS",
  MetricName: "ApproximateNumberOfMessagesVisible",
  Dimensions: [{ Name: "QueueName", Value: "dead" }],
  Statistic: "Maximum",
};

describe("an alarm", () => {
  test("on a queue tells once that messages are there, and again after it was empty", () => {
    const { alarmArn } = alarm("dead-letters", deadLetters);
    service.evaluateAlarms();
    expect([service.stateOf("dead-letters"), published]).toEqual(["OK", []]);

    visible = 1;
    service.evaluateAlarms();
    service.evaluateAlarms();

    expect(published).toMatchObject([
      {
        topicArn: TOPIC,
        subject: 'ALARM: "dead-letters" in us-east-1',
        sourceArn: alarmArn,
        message: {
          AlarmName: "dead-letters",
          OldStateValue: "OK",
          NewStateValue: "ALARM",
          NewStateReason: "Threshold Crossed: 1 datapoint [1.0] was greater than the threshold (0.0).",
          StateChangeTime: "2026-11-20T00:00:00.000+0000",
          Trigger: {
            MetricName: "ApproximateNumberOfMessagesVisible",
            Dimensions: [{ name: "QueueName", value: "dead" }],
          },
        },
      },
    ]);
    visible = 0;
    service.evaluateAlarms();
    visible = 2;
    service.evaluateAlarms();
    expect(published).toHaveLength(2);
  });

  test("on errors counts those of its function and of its period alone", () => {
    alarm("errors", {});
    service.invoked("sweep", false);
    service.invoked("another", true);
    service.evaluateAlarms();
    expect(service.stateOf("errors")).toBe("OK");

    service.invoked("sweep", true);
    service.evaluateAlarms();
    expect(service.stateOf("errors")).toBe("ALARM");

    service.evaluateAlarms(nowMs + 301_000);
    expect(service.stateOf("errors")).toBe("OK");
    expect(published).toHaveLength(1);
  });

  test("on too few invocations hears silence, once a whole period was silent", () => {
    alarm("silence", {
      MetricName: "Invocations",
      Period: 3600,
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
    });
    service.evaluateAlarms();
    expect(service.stateOf("silence")).toBe("INSUFFICIENT_DATA");
    service.invoked("sweep", false);
    service.evaluateAlarms();
    expect(service.stateOf("silence")).toBe("OK");

    service.evaluateAlarms(nowMs + HOUR);
    expect(service.stateOf("silence")).toBe("ALARM");
    expect(published[0]?.message.NewStateReason).toContain("no datapoints were received");
  });

  test("whose topic lets it not in is in alarm all the same, and what failed is kept", () => {
    alarm("dead-letters", deadLetters);
    publishError = new Error("no");
    visible = 1;

    service.evaluateAlarms();

    expect(service.stateOf("dead-letters")).toBe("ALARM");
    expect(service.failedActions).toMatchObject([{ alarmName: "dead-letters", action: TOPIC, error: publishError }]);
  });

  test.each([
    ["another metric", { MetricName: "Throttles" }, /the metric AWS\/Lambda Throttles/],
    ["another dimension", { Dimensions: [{ Name: "Resource", Value: "x" }] }, /the dimension Resource/],
    ["an action that is no topic", { AlarmActions: ["arn:aws:lambda:x"] }, /the alarm action arn:aws:lambda:x/],
    ["several periods", { EvaluationPeriods: 3 }, /EvaluationPeriods/],
  ])("with %s is an error that names it", (_what, changes, message) => {
    expect(() => alarm("x", changes)).toThrow(message);
  });
});

test("CloudWatch has no API here: a call is an error that names it", async () => {
  const pocket = await gatewayWith(() => [service]);
  const response = await fetch(pocket.gateway.endpoint, {
    method: "POST",
    headers: {
      authorization: "AWS4-HMAC-SHA256 Credential=AKIAPOCKETAWSROOT000/20261120/us-east-1/monitoring/aws4_request",
    },
    body: "Action=PutMetricData&Version=2010-08-01",
  });

  expect(await response.text()).toContain("the operation cloudwatch:PutMetricData");
  await pocket.gateway.close();
});
