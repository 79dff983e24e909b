import { describe, expect, it } from "vitest";
import type { Execution } from "../../../local/step-functions/execution.ts";
import { distributed, Fixture, HandlerError, invoke, only, pass, typesOf, waitForToken } from "./fixture.ts";

/** Fails its first `times` calls. */
const failing =
  (times: number, then: (payload: never) => unknown = () => "ok") =>
  (payload: never, call: number) => {
    if (call <= times) throw new HandlerError("Broken");
    return then(payload);
  };
const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: { ...state, End: true } } });
const callsOf = (fixture: Fixture, name: string) => fixture.calls.filter((call) => call.name === name).length;
const mapRunsOf = (execution: Execution) => [...execution.engine.mapRuns.values()];

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

describe("A redrive inside a Parallel", () => {
  it("goes on only with the branches that failed or were stopped, from where they were", async () => {
    const fixture = new Fixture({
      functions: {
        done: () => "done",
        broken: failing(1),
        step: () => "step",
        slow: (_: unknown, call: number) => (call === 1 ? new Promise(() => undefined) : "slow"),
      },
    });
    fixture.functions.broken = async (payload, call) => {
      await fixture.clock.settle();
      return failing(1)(payload, call);
    };
    const execution = await fixture.run(
      only({
        Type: "Parallel",
        Branches: [
          branch("Done", invoke("done")),
          branch("Broken", invoke("broken")),
          {
            StartAt: "Step",
            States: {
              Step: { ...invoke("step"), Assign: { own: "kept" }, Next: "Slow" },
              Slow: { ...invoke("slow"), Output: "{% [$states.result.Payload, $own] %}", End: true },
            },
          },
        ],
      }),
    );
    expect(execution.error).toBe("Broken");

    await fixture.redrive(execution);

    expect(execution.output).toEqual(["done", "ok", ["slow", "kept"]]);
    const calls = ["done", "step", "broken", "slow"].map((name) => callsOf(fixture, name));
    expect(calls).toEqual([1, 1, 2, 2]);
  });
});

describe("A redrive inside an inline Map", () => {
  it("goes on only with the iterations that are not finished", async () => {
    const fixture = new Fixture({ functions: { f: failing(0, (n) => n) } });
    let broken = true;
    fixture.functions.f = (n: number) => {
      if (n === 2 && broken) throw new HandlerError("Broken");
      return n;
    };
    const machine = only({
      Type: "Map",
      ItemProcessor: branch("Each", invoke("f")),
      MaxConcurrency: 1,
    });
    const execution = await fixture.run(machine, [1, 2, 3]);
    expect(execution.error).toBe("Broken");
    broken = false;

    await fixture.redrive(execution);

    expect(execution.output).toEqual([1, 2, 3]);
    expect(fixture.calls.map((call) => call.payload)).toEqual([1, 2, 2, 3]);
  });
});

describe("A redrive inside a Distributed Map", () => {
  const machine = (fields: object = {}) =>
    only(
      distributed(
        {
          StartAt: "First",
          States: {
            First: { ...invoke("first"), Assign: { seen: "{% $states.input %}" }, Next: "Second" },
            Second: { ...invoke("second"), Output: "{% [$seen, $states.result.Payload] %}", End: true },
          },
        },
        { Items: "{% $states.input %}", MaxConcurrency: 1, Label: "Parts", ...fields },
      ),
    );

  it("goes on with the same Map Run: failed children from their failed state, pending ones from the start", async () => {
    let broken = true;
    const fixture = new Fixture({
      functions: {
        first: (n: number) => n,
        second: (n: number) => {
          if (n === 2 && broken) throw new HandlerError("Broken");
          return n * 10;
        },
      },
    });
    const execution = await fixture.run(machine(), [1, 2, 3]);
    expect(execution.error).toBe("States.ExceedToleratedFailureThreshold");
    expect(mapRunsOf(execution)[0]?.counts()).toMatchObject({ succeeded: 1, failed: 1, pending: 1 });
    broken = false;

    await fixture.redrive(execution);

    expect(execution.output).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    expect(fixture.calls.filter((call) => call.name === "first").map((call) => call.payload)).toEqual([1, 2, 3]);
    expect(mapRunsOf(execution)).toHaveLength(1);
    expect(mapRunsOf(execution)[0]).toMatchObject({ status: "SUCCEEDED", redriveCount: 1 });
    expect(mapRunsOf(execution)[0]?.children.map((child) => child?.redriveCount)).toEqual([0, 1, 0]);
    expect(typesOf(execution).slice(3)).toEqual([
      "MapRunFailed",
      "ExecutionFailed",
      "ExecutionRedriven",
      "MapRunRedriven",
      "MapRunSucceeded",
      "MapStateExited",
      "ExecutionSucceeded",
    ]);
  });

  it("goes on after a stop with the children that were aborted", async () => {
    const fixture = new Fixture({
      functions: {
        first: (n: number) => n,
        second: (n: number, call: number) => (call <= 2 ? new Promise(() => undefined) : n),
      },
    });
    const execution = fixture.start(machine({ MaxConcurrency: 2 }), [1, 2, 3]);
    await fixture.clock.settle();
    fixture.service.stopExecution(execution.arn);

    await fixture.redrive(execution);

    expect(execution.output).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(callsOf(fixture, "first")).toBe(3);
  });

  it("begins a new Map Run when an ItemSelector failed", async () => {
    const fixture = new Fixture({ functions: { first: (n) => n, second: (n) => n } });
    const execution = await fixture.run(machine({ ItemSelector: "{% $states.context.Map.Item.Value.no %}" }), [1]);
    expect(execution.error).toBe("States.QueryEvaluationError");

    await fixture.redrive(execution);

    expect(mapRunsOf(execution)).toHaveLength(2);
  });

  it("must be allowed to redrive the children", async () => {
    const fixture = new Fixture({
      functions: { first: failing(9), second: () => 1 },
      denied: ["states:RedriveExecution"],
    });
    const execution = await fixture.run(machine(), [1]);

    await fixture.redrive(execution);

    expect(execution.cause).toMatch(/not authorized to perform: states:RedriveExecution/);
  });

  it("of a child alone is refused", async () => {
    const fixture = new Fixture({ functions: { first: failing(9), second: () => 1 } });
    const execution = await fixture.run(machine(), [1]);
    const child = mapRunsOf(execution)[0]?.children[0];

    expect(() => fixture.service.redriveExecution(child?.arn ?? "")).toThrow(/belongs to a Map Run/);
  });
});
