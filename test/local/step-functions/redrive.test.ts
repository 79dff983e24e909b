import { describe, expect, it } from "vitest";
import { Fixture, HandlerError, invoke, only, pass, typesOf, waitForToken } from "./fixture.ts";

/** Fails its first `times` calls. */
const failing =
  (times: number, then: (payload: never) => unknown = () => "ok") =>
  (payload: never, call: number) => {
    if (call <= times) throw new HandlerError("Broken");
    return then(payload);
  };
const callsOf = (fixture: Fixture, name: string) => fixture.calls.filter((call) => call.name === name).length;

describe("A redrive", () => {
  it("goes on at the failed state with its input and variables, and does not repeat what was done", async () => {
    const fixture = new Fixture({ functions: { before: () => "b", broken: failing(1, (payload) => payload) } });
    const execution = await fixture.run({
      StartAt: "Before",
      States: {
        Before: { ...invoke("before"), Assign: { kept: 42 }, Next: "Broken" },
        Broken: { ...invoke("broken", { in: "{% $states.input %}", kept: "{% $kept %}" }), Next: "After" },
        After: pass({ Output: { got: "{% $states.input %}", kept: "{% $kept %}" }, End: true }),
      },
    });
    expect(execution.status).toBe("FAILED");

    await fixture.redrive(execution);

    expect(execution.status).toBe("SUCCEEDED");
    expect(execution.output).toEqual({ got: { in: "b", kept: 42 }, kept: 42 });
    expect(callsOf(fixture, "before")).toBe(1);
    expect(typesOf(execution).slice(6)).toEqual([
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskFailed",
      "ExecutionFailed",
      "ExecutionRedriven",
      "TaskScheduled",
      "TaskStarted",
      "TaskSucceeded",
      "TaskStateExited",
      "PassStateEntered",
      "PassStateExited",
      "ExecutionSucceeded",
    ]);
  });

  it("tells its count and time in the context", async () => {
    const fixture = new Fixture({ functions: { f: failing(2, (payload) => payload) } });
    const execution = await fixture.run(only(invoke("f", "{% $states.context.Execution %}")));
    await fixture.redrive(execution);
    fixture.clock.time += 60_000;
    await fixture.redrive(execution);

    expect(execution.output).toMatchObject({
      RedriveCount: 2,
      RedriveTime: "2026-11-20T03:01:00.000Z",
      StartTime: "2026-11-20T03:00:00.000Z",
    });
  });

  it("begins retries anew", async () => {
    const fixture = new Fixture({ functions: { f: failing(5) } });
    const machine = only({ ...invoke("f"), Retry: [{ ErrorEquals: ["Broken"], MaxAttempts: 2 }] });
    const execution = await fixture.run(machine);
    expect(callsOf(fixture, "f")).toBe(3);

    await fixture.redrive(execution);

    expect(callsOf(fixture, "f")).toBe(6);
    expect(execution.status).toBe("SUCCEEDED");
  });

  it("begins the machine's time-out anew", async () => {
    const fixture = new Fixture();
    const execution = await fixture.run({ TimeoutSeconds: 60, ...only({ Type: "Wait", Seconds: 61 }) });
    const firstEnd = fixture.clock.now();

    await fixture.redrive(execution);

    expect(execution.status).toBe("TIMED_OUT");
    expect(fixture.clock.now() - firstEnd).toBe(60_000);
  });

  it("does not wait for a time that has passed meanwhile", async () => {
    const fixture = new Fixture();
    const execution = await fixture.run({
      TimeoutSeconds: 60,
      ...only({ Type: "Wait", Timestamp: "2026-11-20T03:01:30Z" }),
    });
    fixture.clock.time += 3_600_000;
    const before = fixture.clock.now();

    await fixture.redrive(execution);

    expect(execution.status).toBe("SUCCEEDED");
    expect(fixture.clock.now()).toBe(before);
  });

  it("enters a Fail state again, which fails again", async () => {
    const fixture = new Fixture();
    const execution = await fixture.run({ StartAt: "F", States: { F: { Type: "Fail", Error: "Stopped" } } });

    await fixture.redrive(execution);

    expect([execution.status, execution.error]).toEqual(["FAILED", "Stopped"]);
    expect(typesOf(execution).filter((type) => type === "FailStateEntered")).toHaveLength(2);
  });

  it("of a stopped execution goes on at the state that was running", async () => {
    let answer: (value: unknown) => void = () => undefined;
    const fixture = new Fixture({
      functions: {
        f: (_: unknown, call: number) =>
          call === 1
            ? new Promise((resolve) => {
                answer = resolve;
              })
            : "second",
      },
    });
    const execution = fixture.start(only(invoke("f")));
    await fixture.clock.settle();
    fixture.service.stopExecution(execution.arn);
    const redriven = fixture.redrive(execution);
    answer("first, too late");
    await redriven;

    expect(execution.output).toBe("second");
  });

  it("gives a task a new token, and the old one is of no use", async () => {
    const tokens: string[] = [];
    const fixture = new Fixture({ functions: { ask: ({ token }: { token: string }) => tokens.push(token) } });
    const execution = await fixture.run(only({ ...waitForToken("ask"), TimeoutSeconds: 10 }));
    expect(execution.error).toBe("States.Timeout");

    await fixture.redrive(execution);

    expect(tokens).toHaveLength(2);
    expect(tokens[0]).not.toBe(tokens[1]);
    expect(() => execution.engine.tokens.find(tokens[0] ?? "")).toThrow(/does not exist anymore/);
  });

  it("is not there for a success, a running execution, or after 14 days", async () => {
    const fixture = new Fixture({ functions: { f: failing(9) } });
    const succeeded = await fixture.run(only(pass({})));
    const failed = await fixture.run(only(invoke("f")));
    const running = fixture.start(only({ Type: "Wait", Seconds: 5 }));
    fixture.clock.time += 14 * 86_400_000 + 1;

    expect(() => fixture.service.redriveExecution(succeeded.arn)).toThrow(/SUCCEEDED/);
    expect(() => fixture.service.redriveExecution(running.arn)).toThrow(/RUNNING/);
    expect(() => fixture.service.redriveExecution(failed.arn)).toThrow(/14 days/);
  });

  it("is not there for an execution with 25,000 events", async () => {
    const fixture = new Fixture();
    const execution = await fixture.run({ StartAt: "A", States: { A: pass({ Next: "B" }), B: pass({ Next: "A" }) } });

    expect(() => fixture.service.redriveExecution(execution.arn)).toThrow(/number of history events/);
  });

  it("keeps to the definition with which the execution began", async () => {
    const fixture = new Fixture({ functions: { f: failing(1, () => "old definition") } });
    const execution = await fixture.run(only(invoke("f")));
    fixture.functions.g = () => "new definition";
    await fixture.update(execution.stateMachineArn, only(invoke("g")));

    await fixture.redrive(execution);

    expect(execution.output).toBe("old definition");
  });
});
