import { describe, expect, it } from "vitest";
import { Fixture, pass } from "../fixture.ts";

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
