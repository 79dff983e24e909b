import { describe, expect, it } from "vitest";
import { Fixture, only, pass, typesOf } from "../fixture.ts";

describe("Succeed and Fail", () => {
  it("Succeed ends with its Output", async () => {
    const execution = await new Fixture().run(
      {
        StartAt: "Done",
        States: { Done: { Type: "Succeed", Output: { a: "{% $states.input.a %}" } } },
      },
      { a: 5 },
    );

    expect(execution.output).toEqual({ a: 5 });
    expect(typesOf(execution)).toEqual([
      "ExecutionStarted",
      "SucceedStateEntered",
      "SucceedStateExited",
      "ExecutionSucceeded",
    ]);
  });

  it("Fail ends with the Error and Cause that its expressions give", async () => {
    const execution = await new Fixture().run(
      {
        StartAt: "Stop",
        States: {
          Stop: { Type: "Fail", Error: "{% $states.input.e %}", Cause: "{% 'because of ' & $states.input.e %}" },
        },
      },
      { e: "Mine" },
    );

    expect([execution.status, execution.error, execution.cause]).toEqual(["FAILED", "Mine", "because of Mine"]);
    expect(typesOf(execution)).toEqual(["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]);
  });

  it("an execution that would pass 25,000 events fails", async () => {
    const execution = await new Fixture().run({
      StartAt: "A",
      States: { A: pass({ Next: "B" }), B: pass({ Next: "A" }) } as object,
    });

    expect(execution.cause).toBe("The execution reached the maximum number of history events (25000).");
    expect(execution.history.events).toHaveLength(25_000);
  });

  it("a machine's TimeoutSeconds ends the execution as TIMED_OUT, unscaled", async () => {
    const fixture = new Fixture({ conditions: { waitScale: 0.5 } });
    const began = fixture.clock.now();
    const execution = await fixture.run({ TimeoutSeconds: 60, ...only({ Type: "Wait", Seconds: 3600 }) });

    expect([execution.status, execution.error]).toEqual(["TIMED_OUT", "States.Timeout"]);
    expect(fixture.clock.now() - began).toBe(60_000);
    expect(typesOf(execution).at(-1)).toBe("ExecutionTimedOut");
  });
});
