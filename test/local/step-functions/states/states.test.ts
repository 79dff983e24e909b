import { describe, expect, it } from "vitest";
import { Fixture, only, pass, typesOf } from "../fixture.ts";

const evaluate = async (expression: string, input: unknown = {}) => {
  const execution = await new Fixture().run(only(pass({ Output: `{% ${expression} %}` })), input);
  return execution.status === "SUCCEEDED" ? execution.output : execution.error;
};

describe("Pass", () => {
  it("passes its input on", async () => {
    const execution = await new Fixture().run(only(pass({})), { a: 1 });

    expect(execution.output).toEqual({ a: 1 });
  });

  it("gives an Output with expressions at any depth", async () => {
    const output = { n: "{% $states.input.a + 1 %}", list: ["{% $states.input.a %}", "plain"], "{% key %}": null };
    const execution = await new Fixture().run(only(pass({ Output: output })), { a: 1 });

    expect(execution.output).toEqual({ n: 2, list: [1, "plain"], "{% key %}": null });
  });

  it("evaluates Assign and Output with the variables as they were, and shows new ones to the next state", async () => {
    const execution = await new Fixture().run({
      StartAt: "A",
      States: {
        A: pass({ Assign: { x: 1, y: 10 }, Next: "B" }),
        B: pass({ Assign: { x: "{% $x + 1 %}", y: "{% $x %}" }, Output: "{% $x %}", Next: "C" }),
        C: pass({ Output: { x: "{% $x %}", y: "{% $y %}", before: "{% $states.input %}" }, End: true }),
      },
    });

    expect(execution.output).toEqual({ x: 2, y: 1, before: 1 });
  });

  it("fails with States.DataLimitExceeded when its output is over 256 KiB", async () => {
    const execution = await new Fixture().run(only(pass({ Output: "{% $pad('', 262143, 'x') %}" })));

    expect(execution.error).toBe("States.DataLimitExceeded");
  });

  it("fails with States.DataLimitExceeded when one Assign is over 256 KiB", async () => {
    const half = "{% $pad('', 140000, 'x') %}";
    const execution = await new Fixture().run(only(pass({ Assign: { a: half, b: half } })));

    expect(execution.error).toBe("States.DataLimitExceeded");
  });
});

describe("An expression", () => {
  it.each([
    ["$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]],
    ["$range(1, 7, 3)", [1, 4, 7]],
    ["$range(3, 1, -1)", [3, 2, 1]],
    ["$hash('a', 'SHA-256')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],
    ["$random(1) = $random(1)", true],
    ["$random() < 1", true],
    ["$length($uuid())", 36],
    ['$parse(\'{"a":{"b":1}}\').a.b', 1],
    ["$now()", "2026-11-20T03:00:00.000Z"],
    ["$now('[Y0001]-[M01]')", "2026-11"],
    ["$millis()", Date.parse("2026-11-20T03:00:00Z")],
    ["$exists($states.result)", false],
    ["$states.input.list[n > 1].n", 2],
    ["{ 'kept': 1, 'dropped': $states.input.missing }", { kept: 1 }],
  ])("%s gives %j", async (expression, expected) => {
    expect(await evaluate(expression, { list: [{ n: 1 }, { n: 2 }] })).toEqual(expected);
  });

  it.each([
    "$states.input.missing",
    "missing",
    "$error('no')",
    "1 / 0",
    "function($x) { $x }",
    "$states.errorOutput",
    "$parse('{')",
    "$hash('a', 'CRC')",
  ])("%s fails with States.QueryEvaluationError", async (expression) => {
    expect(await evaluate(expression)).toBe("States.QueryEvaluationError");
  });

  it("that fails is told with its text and field", async () => {
    const execution = await new Fixture().run(only(pass({ Output: { a: ["{% $states.input.b %}"] } })));

    expect(execution.cause).toBe(
      "The JSONata expression '$states.input.b' specified for the field 'Output/a/0' returned nothing (undefined).",
    );
  });
});

describe("The context object", () => {
  it("tells of execution, state and state machine", async () => {
    const execution = await new Fixture().run(only(pass({ Output: "{% $states.context %}" })), { in: 1 });

    expect(execution.output).toEqual({
      Execution: {
        Id: execution.arn,
        Input: { in: 1 },
        Name: execution.name,
        RoleArn: "arn:aws:iam::111122223333:role/machine",
        StartTime: "2026-11-20T03:00:00.000Z",
        RedriveCount: 0,
      },
      State: { EnteredTime: "2026-11-20T03:00:00.000Z", Name: "Only", RetryCount: 0 },
      StateMachine: { Id: execution.stateMachineArn, Name: "machine-1" },
    });
  });
});

describe("Choice", () => {
  const machine = (fallback: object) => ({
    StartAt: "Choose",
    States: {
      Choose: {
        Type: "Choice",
        Choices: [
          { Condition: "{% $states.input.n = 1 %}", Next: "End", Output: "one", Assign: { way: "rule" } },
          { Condition: "{% $states.input.n > 0 %}", Next: "End" },
          { Condition: "{% $states.input.bad %}", Next: "End" },
        ],
        ...fallback,
      },
      End: pass({ Output: { got: "{% $states.input %}" }, End: true }),
    },
  });

  it("follows the first rule that holds, with its own Output", async () => {
    expect((await new Fixture().run(machine({}), { n: 1 })).output).toEqual({ got: "one" });
    expect((await new Fixture().run(machine({}), { n: 2 })).output).toEqual({ got: { n: 2 } });
  });

  it("follows Default with the state's Output when no rule holds", async () => {
    const execution = await new Fixture().run(machine({ Default: "End", Output: "none" }), { n: 0, bad: false });

    expect(execution.output).toEqual({ got: "none" });
  });

  it("fails with States.NoChoiceMatched when no rule holds and there is no Default", async () => {
    expect((await new Fixture().run(machine({}), { n: 0, bad: false })).error).toBe("States.NoChoiceMatched");
  });

  it("fails when a Condition is no boolean", async () => {
    expect((await new Fixture().run(machine({}), { n: 0, bad: "yes" })).error).toBe("States.QueryEvaluationError");
  });
});

describe("Wait", () => {
  it.each([
    ["seconds", { Seconds: 30 }, 30_000],
    ["seconds by an expression", { Seconds: "{% $states.input.s * 2 %}" }, 20_000],
    ["until a time", { Timestamp: "2026-11-20T03:01:00Z" }, 60_000],
    ["until a time by an expression", { Timestamp: "{% $states.input.at %}" }, 90_000],
    ["not at all for a time that has passed", { Timestamp: "2026-11-20T02:00:00Z" }, 0],
  ])("waits %s", async (_title, fields, expected) => {
    const fixture = new Fixture();
    const began = fixture.clock.now();
    const execution = await fixture.run(only({ Type: "Wait", ...fields }), { s: 10, at: "2026-11-20T04:01:30+01:00" });

    expect(execution.status).toBe("SUCCEEDED");
    expect(fixture.clock.now() - began).toBe(expected);
  });

  it("is scaled by the conditions", async () => {
    const fixture = new Fixture({ conditions: { waitScale: 0.01 } });
    await fixture.run(only({ Type: "Wait", Seconds: 30 }));

    expect(fixture.clock.sleeps).toEqual([300]);
  });

  it.each([{ Seconds: "{% 'soon' %}" }, { Seconds: "{% -1 %}" }, { Timestamp: "{% 'tomorrow' %}" }])(
    "fails for %j",
    async (fields) => {
      const execution = await new Fixture().run(only({ Type: "Wait", ...fields }));

      expect(execution.error).toBe("States.QueryEvaluationError");
    },
  );
});

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
