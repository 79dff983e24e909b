import {
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Fixture, only, waitForToken } from "../fixture.ts";
import { ApiFixture } from "./api-fixture.ts";

let api: ApiFixture;
let fixture: Fixture;
let client: ApiFixture["client"];
let create: ApiFixture["create"];
let describeExecution: ApiFixture["describeExecution"];
let start: ApiFixture["start"];

beforeEach(async () => {
  api = await ApiFixture.open();
  ({ fixture, client, create, describeExecution, start } = api);
});

afterEach(() => api.close());

describe("Task tokens", () => {
  const waiting = async (fields: object = {}) => {
    const tokens: string[] = [];
    fixture.functions.ask = ({ token }: { token: string }) => tokens.push(token);
    const executionArn = await start(await create(only({ ...waitForToken("ask"), ...fields })));
    return { executionArn, taskToken: tokens[0] ?? "" };
  };

  it("end the task with the output that is sent, once", async () => {
    const { executionArn, taskToken } = await waiting();
    const output = JSON.stringify({ approve: true });
    await client.send(new SendTaskSuccessCommand({ taskToken, output }));
    await fixture.clock.settle();
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }));

    expect(await describeExecution(executionArn)).toMatchObject({ status: "SUCCEEDED", output });
    expect(events?.map(({ type }) => type)).toContain("TaskSubmitted");
    await expect(client.send(new SendTaskSuccessCommand({ taskToken, output }))).rejects.toMatchObject({
      name: "TaskTimedOut",
    });
  });

  it("fail the task with the error that is sent", async () => {
    const { executionArn, taskToken } = await waiting();
    await client.send(new SendTaskFailureCommand({ taskToken, error: "Mine", cause: "said so" }));
    await fixture.clock.settle();

    expect(await describeExecution(executionArn)).toMatchObject({ status: "FAILED", error: "Mine", cause: "said so" });
  });

  it("keep the task alive by heartbeats", async () => {
    const { executionArn, taskToken } = await waiting({ HeartbeatSeconds: 10 });
    const status = async () => (await describeExecution(executionArn)).status;
    await fixture.clock.advance(9000);
    await client.send(new SendTaskHeartbeatCommand({ taskToken }));
    await fixture.clock.advance(9000);
    const afterOneBeat = await status();
    await fixture.clock.advance(1000);

    expect(afterOneBeat).toBe("RUNNING");
    expect(await status()).toBe("FAILED");
  });

  it("may be answered before the function returns", async () => {
    fixture.functions.ask = async ({ token: taskToken }: { token: string }) => {
      await client.send(new SendTaskSuccessCommand({ taskToken, output: '"early"' }));
    };
    const execution = fixture.start(only(waitForToken("ask")));
    await execution.closed;

    expect(execution.output).toBe("early");
  });

  it("that are malformed, unknown or of a stopped task are told apart", async () => {
    const { executionArn, taskToken } = await waiting();
    await client.send(new StopExecutionCommand({ executionArn }));
    await fixture.clock.settle();
    const send = (token: string) => client.send(new SendTaskSuccessCommand({ taskToken: token, output: "{}" }));

    await expect(send("nonsense")).rejects.toMatchObject({ name: "InvalidToken" });
    await expect(send(`AQ${"a".repeat(128)}`)).rejects.toMatchObject({ name: "TaskDoesNotExist" });
    await expect(send(taskToken)).rejects.toMatchObject({ name: "TaskTimedOut" });
  });

  it("want JSON", async () => {
    const { taskToken } = await waiting();

    await expect(client.send(new SendTaskSuccessCommand({ taskToken, output: "yes" }))).rejects.toMatchObject({
      name: "InvalidOutput",
    });
  });
});
