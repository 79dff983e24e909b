import { ListExecutionsCommand, SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiFixture } from "./api/api-fixture.ts";
import { type Fixture, invoke, only, pass, ROLE, waitForToken } from "./fixture.ts";

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
