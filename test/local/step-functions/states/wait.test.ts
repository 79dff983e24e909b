import { describe, expect, it } from "vitest";
import { Fixture, only } from "../fixture.ts";

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
