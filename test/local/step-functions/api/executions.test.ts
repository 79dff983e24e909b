import {
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  paginateListExecutions,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Fixture, only, pass, REGION } from "../fixture.ts";
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

describe("Executions", () => {
  it("run to their output, and tell their history", async () => {
    const arn = await start(await create(only(pass({ Output: "{% $states.input.a + 1 %}" }))), { a: 1 });
    const described = await describeExecution(arn);
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    const machine = await client.send(new DescribeStateMachineForExecutionCommand({ executionArn: arn }));

    expect(described).toMatchObject({
      status: "SUCCEEDED",
      output: "2",
      input: '{"a":1}',
      redriveStatus: "NOT_REDRIVABLE",
    });
    expect(events?.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, "ExecutionStarted"],
      [2, 1, "PassStateEntered"],
      [3, 2, "PassStateExited"],
      [4, 3, "ExecutionSucceeded"],
    ]);
    expect(events?.[1]?.stateEnteredEventDetails).toMatchObject({ name: "Only", input: '{"a":1}' });
    expect(machine.stateMachineArn).toBe(described.stateMachineArn);
  });

  it("page their history, in either order, without data if so asked", async () => {
    const executionArn = await start(await create(only(pass({}))), { secret: 1 });
    const ids: number[] = [];
    const pages = paginateGetExecutionHistory(
      { client, pageSize: 3 },
      { executionArn, reverseOrder: true, includeExecutionData: false },
    );
    for await (const { events = [] } of pages) {
      ids.push(...events.map(({ id }) => id ?? 0));
      expect(JSON.stringify(events)).not.toContain("secret");
    }

    expect(ids).toEqual([4, 3, 2, 1]);
  });

  it("with the same name and input are one while it runs, and a conflict otherwise", async () => {
    const machine = await create(only({ Type: "Wait", Seconds: 60 }));
    const first = await start(machine, { a: 1 });

    expect(await start(machine, { a: 1 })).toBe(first);
    await expect(start(machine, { a: 2 })).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
    await client.send(new StopExecutionCommand({ executionArn: first }));
    await expect(start(machine, { a: 1 })).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
    fixture.clock.time += 91 * 86_400_000;
    expect(await start(machine, { a: 2 })).toBe(first);
  });

  it.each([
    ["InvalidName", { name: "a/b" }],
    ["InvalidName", { name: "x".repeat(81) }],
    ["InvalidExecutionInput", { input: "{" }],
    ["InvalidExecutionInput", { input: JSON.stringify("x".repeat(262_143)) }],
    ["InvalidArn", { stateMachineArn: "recover" }],
    ["StateMachineDoesNotExist", { stateMachineArn: `arn:aws:states:${REGION}:111122223333:stateMachine:no` }],
  ])("are refused with %s for %j", async (name, wrong) => {
    const stateMachineArn = await create(only(pass({})));

    await expect(client.send(new StartExecutionCommand({ stateMachineArn, ...wrong }))).rejects.toMatchObject({ name });
  });

  it("are stopped with an error and cause, and redriven once for one client token", async () => {
    const executionArn = await start(await create(only({ Type: "Wait", Seconds: 60 })));
    await client.send(new StopExecutionCommand({ executionArn, error: "Enough", cause: "by hand" }));
    const stopped = await describeExecution(executionArn);
    await client.send(new RedriveExecutionCommand({ executionArn, clientToken: "t" }));
    await client.send(new RedriveExecutionCommand({ executionArn, clientToken: "t" }));
    const redriven = await describeExecution(executionArn);

    expect(stopped).toMatchObject({
      status: "ABORTED",
      error: "Enough",
      cause: "by hand",
      redriveStatus: "REDRIVABLE",
    });
    expect(redriven).toMatchObject({ status: "RUNNING", redriveCount: 1, redriveDate: new Date(fixture.clock.now()) });
    await expect(client.send(new RedriveExecutionCommand({ executionArn }))).rejects.toMatchObject({
      name: "ExecutionNotRedrivable",
    });
  });

  it("are listed newest first, by status, in pages", async () => {
    const stateMachineArn = await create({
      StartAt: "Which",
      States: {
        Which: { Type: "Choice", Choices: [{ Condition: "{% $states.input.ok %}", Next: "Good" }], Default: "Bad" },
        Good: { Type: "Succeed" },
        Bad: { Type: "Fail" },
      },
    });
    for (const [index, ok] of [true, false, true].entries()) {
      await start(stateMachineArn, { ok }, `run-${index}`);
      fixture.clock.time += 1000;
    }
    const names: string[] = [];
    for await (const page of paginateListExecutions({ client, pageSize: 2 }, { stateMachineArn })) {
      names.push(...(page.executions ?? []).map(({ name }) => name ?? ""));
    }
    const failed = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: "FAILED" }));

    expect(names).toEqual(["run-2", "run-1", "run-0"]);
    expect(failed.executions?.map(({ name }) => name)).toEqual(["run-1"]);
  });

  it("tell EventBridge of each change of their status", async () => {
    const arn = await start(await create(only({ Type: "Wait", Seconds: 60 })), { a: 1 });
    await client.send(new StopExecutionCommand({ executionArn: arn, error: "Enough" }));

    expect(fixture.events.map(({ detail }) => detail.status)).toEqual(["RUNNING", "ABORTED"]);
    expect(fixture.events[1]).toMatchObject({
      source: "aws.states",
      "detail-type": "Step Functions Execution Status Change",
      resources: [arn],
      detail: { executionArn: arn, name: "run", input: '{"a":1}', output: null, error: "Enough" },
    });
  });

  it("write no execution data to the log unless the machine says so", async () => {
    const destinations = [
      { cloudWatchLogsLogGroup: { logGroupArn: `arn:aws:logs:${REGION}:111122223333:log-group:/m:*` } },
    ];
    const definition = only(pass({}));
    const quiet = fixture.create(definition, { loggingConfiguration: { level: "ALL", destinations } });
    await start(quiet, { secret: 1 });
    const quietLines = fixture.logLines.splice(0);
    const loud = { level: "ALL", includeExecutionData: true, destinations };
    await start(fixture.create(definition, { loggingConfiguration: loud }), { secret: 1 });

    expect(quietLines.map(({ group, line }) => [group, line.type])).toContainEqual(["/m", "PassStateEntered"]);
    expect(JSON.stringify(quietLines)).not.toContain("secret");
    expect(JSON.stringify(fixture.logLines)).toContain("secret");
  });
});
