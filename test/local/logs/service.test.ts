import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  TestMetricFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogsService } from "../../../local/logs/service.ts";
import { gatewayWith, type TestGateway } from "../gateway-with.ts";
import { ACCOUNT } from "../iam/policies.ts";

let pocket: TestGateway;
let service: LogsService;
let logs: CloudWatchLogsClient;
let nowMs: number;
const logGroupName = "/aws/lambda/plan-part";
const logStreamName = "2026/11/20/[$LATEST]1";

beforeEach(async () => {
  nowMs = 100;
  pocket = await gatewayWith((iam) => {
    service = new LogsService({ authorizer: iam, now: () => nowMs });
    return [service];
  });
  logs = new CloudWatchLogsClient(pocket.config());
});
afterEach(async () => {
  logs.destroy();
  await pocket.gateway.close();
  expect(pocket.faults).toEqual([]);
});

describe("Logs", () => {
  it("makes groups with retention and streams, and shows them", async () => {
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));

    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/" }));
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));

    expect(logGroups).toMatchObject([{ logGroupName, retentionInDays: 30 }]);
    expect(logStreams).toMatchObject([{ logStreamName }]);
    await expect(logs.send(new CreateLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
    });
    await expect(logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 2 }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await logs.send(new DeleteLogGroupCommand({ logGroupName }));
    await expect(logs.send(new DescribeLogStreamsCommand({ logGroupName }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("gives put lines back in the order of their time, forwards page by page", async () => {
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = [3, 1, 2].map((timestamp) => ({ timestamp, message: `line ${timestamp}` }));
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    const read = (rest: object) =>
      logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, limit: 2, ...rest }));

    const first = await read({ startFromHead: true });
    const second = await read({ nextToken: first.nextForwardToken });
    const third = await read({ nextToken: second.nextForwardToken });

    expect(first.events?.map(({ message }) => message)).toEqual(["line 1", "line 2"]);
    expect(second.events?.map(({ message }) => message)).toEqual(["line 3"]);
    expect(third).toMatchObject({ events: [], nextForwardToken: second.nextForwardToken });
    expect((await read({})).events?.map(({ message }) => message)).toEqual(["line 2", "line 3"]);
  });

  it("takes lines from the pocket AWS itself and filters them by time, stream and terms", async () => {
    service.append(logGroupName, "a", '{"level":"ERROR","message":"access denied"}');
    nowMs = 200;
    service.append(logGroupName, "b", '{"level":"INFO"}');
    service.append(logGroupName, "b", '{"level":"ERROR"}');
    const find = async (rest: object) => {
      const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName, ...rest }));
      return events?.map(({ logStreamName: stream, timestamp }) => `${stream}${timestamp}`);
    };

    expect(await find({ filterPattern: "ERROR" })).toEqual(["a100", "b200"]);
    expect(await find({ filterPattern: 'ERROR "access denied"' })).toEqual(["a100"]);
    expect(await find({ startTime: 101 })).toEqual(["b200", "b200"]);
    expect(await find({ logStreamNames: ["a"] })).toEqual(["a100"]);
    await expect(find({ filterPattern: '{ $.level = "ERROR" }' })).rejects.toThrow(/the log filter pattern/);
    expect(service.eventsOf(logGroupName)).toHaveLength(3);
    expect(service.eventsOf("none")).toEqual([]);
  });

  it("keeps the latest lines of a group within a bound", () => {
    for (let line = 0; line < 120_000; line += 1) service.append(logGroupName, "a", String(line));

    const kept = service.eventsOf(logGroupName);
    expect(kept.length).toBeLessThanOrEqual(55_000);
    expect(kept.at(-1)?.message).toBe("119999");
  });

  it("asks IAM for the stream", async () => {
    service.append(logGroupName, "mine", "x");
    service.append(logGroupName, "other", "x");
    const Resource = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:${logGroupName}:log-stream:mine`;
    const keys = await pocket.roleWith("app", { Effect: "Allow", Action: "logs:PutLogEvents", Resource });
    const client = new CloudWatchLogsClient(pocket.config(keys));
    const put = (stream: string) =>
      client.send(
        new PutLogEventsCommand({ logGroupName, logStreamName: stream, logEvents: [{ timestamp: 1, message: "m" }] }),
      );

    await put("mine");
    await expect(put("other")).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("names an operation that it does not know", async () => {
    const test = new TestMetricFilterCommand({ filterPattern: "ERROR", logEventMessages: ["ERROR"] });

    await expect(logs.send(test)).rejects.toThrow(/logs:TestMetricFilter/);
  });
});
