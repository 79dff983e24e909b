import { describe, expect, it } from "vitest";
import { Fixture, only, pass } from "./fixture.ts";

const evaluate = async (expression: string, input: unknown = {}) => {
  const execution = await new Fixture().run(only(pass({ Output: `{% ${expression} %}` })), input);
  return execution.status === "SUCCEEDED" ? execution.output : execution.error;
};

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
