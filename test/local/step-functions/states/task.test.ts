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

describe("Retry", () => {
  const retried = (retry: object) => only({ ...invoke("f"), Retry: [retry] });

  it("backs off up to MaxDelaySeconds and gives up after MaxAttempts", async () => {
    const fixture = new Fixture({ functions: { f: fails("Busy") } });
    const execution = await fixture.run(
      retried({ ErrorEquals: ["Busy"], IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 4 }),
    );

    expect(execution.error).toBe("Busy");
    expect(fixture.clock.sleeps).toEqual([2000, 6000, 10_000, 10_000]);
    expect(fixture.calls).toHaveLength(5);
  });

  it("has the defaults of AWS: three retries after 1, 2 and 4 seconds", async () => {
    const fixture = new Fixture({ functions: { f: fails("Busy") } });
    await fixture.run(retried({ ErrorEquals: ["Busy"] }));

    expect(fixture.clock.sleeps).toEqual([1000, 2000, 4000]);
  });

  it("is scaled by the conditions", async () => {
    const fixture = new Fixture({ functions: { f: fails("Busy") }, conditions: { waitScale: 0.1 } });
    await fixture.run(retried({ ErrorEquals: ["Busy"], MaxAttempts: 1 }));

    expect(fixture.clock.sleeps).toEqual([100]);
  });

  it("spreads delays by full jitter", async () => {
    const fixture = new Fixture({ functions: { f: fails("Busy") }, conditions: { random: () => 0.25 } });
    await fixture.run(retried({ ErrorEquals: ["Busy"], JitterStrategy: "FULL", IntervalSeconds: 8, MaxAttempts: 1 }));

    expect(fixture.clock.sleeps).toEqual([2000]);
  });

  it("does not retry with MaxAttempts 0", async () => {
    const fixture = new Fixture({ functions: { f: fails("Busy") } });
    await fixture.run(
      only({ ...invoke("f"), Retry: [{ ErrorEquals: ["Busy"], MaxAttempts: 0 }, { ErrorEquals: ["States.ALL"] }] }),
    );

    expect(fixture.calls).toHaveLength(1);
  });

  it("tells the count of retries in the context", async () => {
    const fixture = new Fixture({
      functions: {
        f: (n: number, call: number) => {
          if (call < 3) throw new HandlerError("Busy");
          return n;
        },
      },
    });
    const task = { ...invoke("f", "{% $states.context.State.RetryCount %}"), Retry: [{ ErrorEquals: ["Busy"] }] };

    expect((await fixture.run(only(task))).output).toBe(2);
  });

  it.each([
    ["States.ALL", "Mine", 2],
    ["States.TaskFailed", "Mine", 2],
    ["States.Timeout", "Mine", 1],
    ["States.ALL", "States.Runtime", 1],
    ["States.ALL", "States.DataLimitExceeded", 1],
    ["States.TaskFailed", "States.Runtime", 1],
    ["States.TaskFailed", "States.Timeout", 1],
    ["States.Timeout", "States.HeartbeatTimeout", 2],
    ["Other", "Mine", 1],
  ])("on %s meets %s with %i calls", async (errorEquals, error, calls) => {
    const fixture = new Fixture({ functions: { f: fails(error) } });
    await fixture.run(retried({ ErrorEquals: [errorEquals], MaxAttempts: 1 }));

    expect(fixture.calls).toHaveLength(calls);
  });
});

describe("Catch", () => {
  it("passes Error and Cause on where there is no Output", async () => {
    const execution = await new Fixture({ functions: { f: fails("Mine") } }).run(caught(invoke("f")));

    expect(execution.status).toBe("SUCCEEDED");
    expect(execution.output).toMatchObject({ Error: "Mine", Cause: expect.stringContaining("told so") });
  });

  it("gives its Output and sets variables from errorOutput", async () => {
    const machine = caught(invoke("f"), {
      Output: { input: "{% $states.input %}", error: "{% $states.errorOutput.Error %}" },
      Assign: { why: "{% $states.errorOutput.Error %}" },
    });
    machine.States.Caught = pass({ Output: ["{% $states.input %}", "{% $why %}"], End: true });
    const execution = await new Fixture({ functions: { f: fails("Mine") } }).run(machine, 7);

    expect(execution.output).toEqual([{ input: 7, error: "Mine" }, "Mine"]);
  });

  it("takes an expression that fails in Arguments or Output", async () => {
    const fixture = new Fixture({ functions: { f: () => 1 } });

    const inArguments = await fixture.run(caught(invoke("f", "{% $states.input.no %}")));
    const inOutput = await fixture.run(caught({ ...invoke("f"), Output: "{% $states.result.no %}" }));

    expect(inArguments.output).toMatchObject({ Error: "States.QueryEvaluationError" });
    expect(inOutput.output).toMatchObject({ Error: "States.QueryEvaluationError" });
  });

  it("comes after the retries", async () => {
    const fixture = new Fixture({ functions: { f: fails("Mine") } });
    const execution = await fixture.run(caught({ ...invoke("f"), Retry: [{ ErrorEquals: ["Mine"], MaxAttempts: 2 }] }));

    expect(fixture.calls).toHaveLength(3);
    expect(execution.status).toBe("SUCCEEDED");
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
