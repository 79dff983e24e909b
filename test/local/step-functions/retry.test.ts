import { describe, expect, it } from "vitest";
import { Fixture, HandlerError, invoke, only, pass } from "./fixture.ts";

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
