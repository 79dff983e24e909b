import { describe, expect, it } from "vitest";
import type { Execution } from "../../../local/step-functions/execution.ts";
import { distributed, Fixture, HandlerError, invoke, only, typesOf } from "./fixture.ts";

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
