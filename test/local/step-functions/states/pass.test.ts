import { describe, expect, it } from "vitest";
import { Fixture, only, pass } from "../fixture.ts";

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
