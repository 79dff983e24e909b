import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  ListStateMachinesCommand,
  paginateGetExecutionHistory,
  paginateListExecutions,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Gateway } from "../../../local/gateway.ts";
import { distributed, Fixture, HandlerError, invoke, only, pass, REGION, ROLE, ROOT, waitForToken } from "./fixture.ts";

let fixture: Fixture;
let gateway: Gateway;
let client: SFNClient;

beforeEach(async () => {
  fixture = new Fixture();
  gateway = await Gateway.listen({
    services: [fixture.service],
    callerOf: () => ROOT,
    conditions: fixture.conditions,
  });
  client = new SFNClient({
    endpoint: gateway.endpoint,
    region: REGION,
    credentials: { accessKeyId: ROOT.accessKeyId, secretAccessKey: "secret" },
    maxAttempts: 1,
  });
});

afterEach(async () => {
  client.destroy();
  await fixture.service.close();
  await gateway.close();
});

const text = (definition: object) => JSON.stringify({ QueryLanguage: "JSONata", ...definition });

/** A state machine made through the API. */
async function create(definition: object, name = "recover"): Promise<string> {
  const input = { name, definition: text(definition), roleArn: ROLE };
  const { stateMachineArn } = await client.send(new CreateStateMachineCommand(input));
  return stateMachineArn ?? "";
}

/** An execution that has come as far as it can without time passing. */
async function start(stateMachineArn: string, input: unknown = {}, name = "run"): Promise<string> {
  const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
  const { executionArn } = await client.send(command);
  await fixture.clock.settle();
  return executionArn ?? "";
}

const describeExecution = (executionArn: string) => client.send(new DescribeExecutionCommand({ executionArn }));

describe("State machines", () => {
  it("are created, described, listed and updated", async () => {
    const logGroupArn = `arn:aws:logs:${REGION}:111122223333:log-group:/machines/recover:*`;
    const created = await client.send(
      new CreateStateMachineCommand({
        name: "recover",
        definition: text(only(pass({}))),
        roleArn: ROLE,
        loggingConfiguration: {
          level: "ALL",
          includeExecutionData: false,
          destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
        },
        tracingConfiguration: { enabled: true },
      }),
    );
    const stateMachineArn = created.stateMachineArn ?? "";
    const before = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: text(only(pass({ Output: 1 }))) }));
    const after = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const { stateMachines } = await client.send(new ListStateMachinesCommand({}));

    expect(stateMachineArn).toBe(`arn:aws:states:${REGION}:111122223333:stateMachine:recover`);
    expect(before).toMatchObject({ status: "ACTIVE", type: "STANDARD", roleArn: ROLE });
    expect(before.loggingConfiguration).toMatchObject({ level: "ALL", includeExecutionData: false });
    expect(before.creationDate).toEqual(new Date(fixture.clock.now()));
    expect(after.definition).toBe(text(only(pass({ Output: 1 }))));
    expect(after.revisionId).not.toBe(before.revisionId);
    expect(stateMachines?.map(({ name }) => name)).toEqual(["recover"]);
  });

  it("are the same when created twice alike, and refused when created otherwise", async () => {
    const arn = await create(only(pass({})));

    expect(await create(only(pass({})))).toBe(arn);
    await expect(create(only(pass({ Output: 1 })))).rejects.toMatchObject({ name: "StateMachineAlreadyExists" });
  });

  it.each([
    ["a wrong definition", { definition: "{}" }, "InvalidDefinition"],
    ["a name with a space", { name: "a b" }, "InvalidName"],
    [
      "a role that Step Functions cannot assume",
      { roleArn: "arn:aws:iam::111122223333:role/no" },
      "AccessDeniedException",
    ],
    ["an express machine", { type: "EXPRESS" as const }, "NotInPocketAws"],
  ])("are refused for %s", async (_title, wrong, name) => {
    const input = { name: "m", definition: text(only(pass({}))), roleArn: ROLE, ...wrong };

    await expect(client.send(new CreateStateMachineCommand(input))).rejects.toMatchObject({ name });
  });
});

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

describe("Map Runs", () => {
  it("are listed and described with their counts and children", async () => {
    const definition = only(
      distributed(
        { StartAt: "Each", States: { Each: { ...invoke("f"), End: true } } },
        { Items: [1, 2, 3], ToleratedFailureCount: 5, MaxConcurrency: 2, Label: "Parts" },
      ),
    );
    fixture.functions.f = (n: number) => {
      if (n === 1) throw new HandlerError("Bad");
      return n === 2 ? 2 : new Promise(() => undefined);
    };
    const executionArn = await start(await create(definition));
    const { mapRuns } = await client.send(new ListMapRunsCommand({ executionArn }));
    const mapRunArn = mapRuns?.[0]?.mapRunArn ?? "";
    const mapRun = await client.send(new DescribeMapRunCommand({ mapRunArn }));
    const children = await client.send(new ListExecutionsCommand({ mapRunArn, statusFilter: "FAILED" }));
    const child = await describeExecution(children.executions?.[0]?.executionArn ?? "");

    expect(mapRunArn).toMatch(/:mapRun:recover\/Parts:[\w-]{36}$/);
    expect(mapRun).toMatchObject({ executionArn, status: "RUNNING", maxConcurrency: 2, toleratedFailureCount: 5 });
    expect(mapRun.itemCounts).toMatchObject({ total: 3, succeeded: 1, failed: 1, running: 1, pending: 0 });
    expect(child).toMatchObject({ mapRunArn, redriveStatus: "REDRIVABLE_BY_MAP_RUN", error: "Bad" });
    await expect(client.send(new DescribeMapRunCommand({ mapRunArn: `${mapRunArn}0` }))).rejects.toMatchObject({
      name: "ResourceNotFound",
    });
  });
});

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

describe("Authorization", () => {
  it("asks for each action on the resource that a policy would name", async () => {
    const machine = await create(only(pass({})));
    const executionArn = await start(machine);
    await describeExecution(executionArn);
    await client.send(new ListExecutionsCommand({ stateMachineArn: machine }));

    const asked = fixture.authorized.map(({ action, resource }) => [action, resource]);
    expect(asked).toEqual([
      ["states:CreateStateMachine", machine],
      ["iam:PassRole", ROLE],
      ["states:StartExecution", machine],
      ["states:DescribeExecution", executionArn],
      ["states:ListExecutions", machine],
    ]);
  });

  it("asks for an answer to a token on the state machine that waits", async () => {
    const tokens: string[] = [];
    fixture.functions.ask = ({ token }: { token: string }) => tokens.push(token);
    const machine = await create(only(waitForToken("ask")));
    await start(machine);
    fixture.denied.add(`states:SendTaskSuccess ${machine}`);
    const command = new SendTaskSuccessCommand({ taskToken: tokens[0], output: "{}" });

    await expect(client.send(command)).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("refused leaves nothing started", async () => {
    const machine = await create(only(pass({})));
    fixture.denied.add("states:StartExecution");

    await expect(start(machine)).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(fixture.events).toEqual([]);
  });
});

describe("What the pocket AWS does not know", () => {
  it("is an error that names it: an operation, a member", async () => {
    const stateMachineArn = await create(only(pass({})));

    await expect(fixture.call("DeleteStateMachine", { stateMachineArn })).rejects.toThrow(/DeleteStateMachine/);
    await expect(fixture.call("StartExecution", { stateMachineArn, inputs: "{}" })).rejects.toThrow(/inputs/);
  });
});

describe("onStateEntered", () => {
  it("is called before the state does anything, so that a test can stop there", async () => {
    const stop = fixture.service.onStateEntered(({ stateName, executionArn }) => {
      if (stateName === "Second") fixture.service.stopExecution(executionArn, "Chaos");
    });
    fixture.functions.f = () => "called";
    const execution = await fixture.run({
      StartAt: "First",
      States: { First: pass({ Next: "Second" }), Second: { ...invoke("f"), End: true } },
    });
    const callsBefore = fixture.calls.length;
    stop();
    await fixture.redrive(execution);

    expect(callsBefore).toBe(0);
    expect(execution.output).toBe("called");
  });
});
