import { describe, expect, it } from "vitest";
import { AwsError } from "../../../../local/service.ts";
import { Fixture, functionArn, HandlerError, invoke, only, pass, typesOf, waitForToken } from "../fixture.ts";

const never = () => new Promise<never>(() => undefined);
const fails = (name: string) => () => {
  throw new HandlerError(name, "told so");
};
const caught = (state: object, catcher: object = {}) => ({
  StartAt: "Only",
  States: {
    Only: { ...state, Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught", ...catcher }], End: true },
    Caught: pass({ End: true }),
  },
});

describe("A Task", () => {
  it("invokes the function with its Payload as a session of the machine's role", async () => {
    const fixture = new Fixture({ functions: { add: ({ a }: { a: number }) => a + 1 } });
    const execution = await fixture.run(only(invoke("add", { a: "{% $states.input.n %}" })), { n: 1 });

    expect(execution.output).toBe(2);
    expect(fixture.calls[0]?.payload).toEqual({ a: 1 });
    expect(fixture.calls[0]?.caller.principalArn).toBe("arn:aws:iam::111122223333:role/machine");
  });

  it("has the result of lambda:invoke, with status and version", async () => {
    const fixture = new Fixture({ functions: { f: () => undefined } });
    const { Output: _, ...task } = invoke("f");
    const execution = await fixture.run(only(task));

    expect(execution.output).toEqual({ ExecutedVersion: "$LATEST", Payload: null, StatusCode: 200 });
  });

  it("with a function's ARN as Resource gives the input and takes the payload", async () => {
    const fixture = new Fixture({ functions: { f: (input) => ({ got: input }) } });
    const execution = await fixture.run(only({ Type: "Task", Resource: functionArn("f") }), { a: 1 });

    expect(execution.output).toEqual({ got: { a: 1 } });
    expect(typesOf(execution)).toContain("LambdaFunctionSucceeded");
  });

  it("fails with the function's error name and its error as JSON", async () => {
    const execution = await new Fixture({ functions: { f: fails("ReadOnlyLost") } }).run(only(invoke("f")));

    expect(execution.error).toBe("ReadOnlyLost");
    expect(JSON.parse(execution.cause ?? "")).toEqual({
      errorType: "ReadOnlyLost",
      errorMessage: "told so",
      trace: [],
    });
  });

  it.each([
    [
      new AwsError("TooManyRequestsException", "Rate Exceeded.", 429),
      "Lambda.TooManyRequestsException",
      /Rate Exceeded/,
    ],
    [
      new AwsError("AccessDeniedException", "not authorized", 403),
      "Lambda.AWSLambdaException",
      /AccessDeniedException/,
    ],
    [new Error("socket hang up"), "States.Runtime", /socket hang up/],
  ])("names what the invocation itself threw: %s", async (error, name, cause) => {
    const execution = await new Fixture({ functions: { f: () => Promise.reject(error) } }).run(only(invoke("f")));

    expect(execution.error).toBe(name);
    expect(execution.cause).toMatch(cause);
  });

  it("is timed out after TimeoutSeconds, unscaled", async () => {
    const fixture = new Fixture({ functions: { f: never }, conditions: { waitScale: 0.01 } });
    const began = fixture.clock.now();
    const execution = await fixture.run(only({ ...invoke("f"), TimeoutSeconds: "{% $states.input.t %}" }), { t: 20 });

    expect([execution.status, execution.error]).toEqual(["FAILED", "States.Timeout"]);
    expect(fixture.clock.now() - began).toBe(20_000);
    expect(typesOf(execution)).toContain("TaskTimedOut");
  });

  it("fails with States.DataLimitExceeded when the answer is too large", async () => {
    const execution = await new Fixture({ functions: { f: () => "x".repeat(262_144) } }).run(only(invoke("f")));

    expect(execution.error).toBe("States.DataLimitExceeded");
  });

  it("writes its events as AWS does", async () => {
    const execution = await new Fixture({ functions: { f: () => 1 } }).run(only(invoke("f")), {});

    expect(typesOf(execution)).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
    expect(execution.history.events.map((event) => event.previousEventId)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe("A Task that waits for its token", () => {
  it("times out after HeartbeatSeconds without a heartbeat, and is caught as States.Timeout too", async () => {
    const fixture = new Fixture({ functions: { ask: () => null } });
    const began = fixture.clock.now();
    const execution = await fixture.run(
      caught(
        { ...waitForToken("ask"), HeartbeatSeconds: 10, TimeoutSeconds: 100 },
        { ErrorEquals: ["States.Timeout"] },
      ),
    );

    expect(execution.output).toMatchObject({ Error: "States.HeartbeatTimeout" });
    expect(fixture.clock.now() - began).toBe(10_000);
  });

  it("fails when the function fails, without waiting", async () => {
    const execution = await new Fixture({ functions: { ask: fails("Mine") } }).run(only(waitForToken("ask")));

    expect(execution.error).toBe("Mine");
    expect(typesOf(execution)).not.toContain("TaskSubmitted");
  });
});
