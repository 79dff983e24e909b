import { describe, expect, it } from "vitest";
import { Fixture, HandlerError, invoke, only, pass, typesOf } from "../fixture.ts";

const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: { ...state, End: true } } });
const inlineMap = (state: object, fields: object = {}) => ({
  Type: "Map",
  ItemProcessor: { StartAt: "Each", States: { Each: { ...state, End: true } } },
  ...fields,
});
const boom = () => {
  throw new HandlerError("Boom");
};

describe("Parallel", () => {
  it("gives every branch its Arguments and answers their outputs in order", async () => {
    const execution = await new Fixture().run(
      only({
        Type: "Parallel",
        Arguments: { n: "{% $states.input.a %}" },
        Branches: [branch("Slow", { Type: "Wait", Seconds: 5 }), branch("Quick", pass({ Output: "quick" }))],
      }),
      { a: 1 },
    );

    expect(execution.output).toEqual([{ n: 1 }, "quick"]);
    expect(typesOf(execution)).toContain("ParallelStateSucceeded");
  });

  it("keeps the variables of a branch to itself", async () => {
    const execution = await new Fixture().run({
      StartAt: "Before",
      States: {
        Before: pass({ Assign: { outer: 1 }, Next: "Both" }),
        Both: {
          Type: "Parallel",
          Branches: [1, 2].map((n) => ({
            StartAt: `Set${n}`,
            States: {
              [`Set${n}`]: pass({ Assign: { own: n }, Next: `Show${n}` }),
              [`Show${n}`]: pass({ Output: "{% [$outer, $own] %}", End: true }),
            },
          })),
          End: true,
        },
      },
    });

    expect(execution.output).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  it("fails with the error of the first branch that fails, and stops the others", async () => {
    const fixture = new Fixture({ functions: { f: boom } });
    const began = fixture.clock.now();
    const execution = await fixture.run(
      only({
        Type: "Parallel",
        Branches: [branch("Slow", { Type: "Wait", Seconds: 3600 }), branch("Bad", invoke("f"))],
      }),
    );

    expect([execution.status, execution.error]).toEqual(["FAILED", "Boom"]);
    expect(fixture.clock.now()).toBe(began);
    expect(typesOf(execution)).toContain("ParallelStateFailed");
  });

  it("begins all branches anew when it is retried", async () => {
    const fixture = new Fixture({
      functions: {
        good: () => 1,
        flaky: (_: unknown, call: number) => (call === 1 ? boom() : 2),
      },
    });
    const execution = await fixture.run(
      only({
        Type: "Parallel",
        Branches: [branch("Good", invoke("good")), branch("Flaky", invoke("flaky"))],
        Retry: [{ ErrorEquals: ["Boom"] }],
      }),
    );

    expect(execution.output).toEqual([1, 2]);
    expect(fixture.calls.map((call) => call.name).sort()).toEqual(["flaky", "flaky", "good", "good"]);
  });
});

describe("Map, inline", () => {
  it("runs its processor for every item, as its ItemSelector makes it", async () => {
    const selector = { v: "{% $states.context.Map.Item.Value %}", i: "{% $states.context.Map.Item.Index %}" };
    const execution = await new Fixture().run(
      only(
        inlineMap(pass({ Output: "{% $states.input.v & $states.context.Map.Item.Index %}" }), {
          Items: "{% $states.input.list %}",
          ItemSelector: selector,
        }),
      ),
      { list: ["a", "b"] },
    );

    expect(execution.output).toEqual(["a0", "b1"]);
  });

  it("takes its input where it has no Items, and succeeds with none", async () => {
    expect((await new Fixture().run(only(inlineMap(pass({}))), [])).output).toEqual([]);
    expect((await new Fixture().run(only(inlineMap(pass({}))), { not: "a list" })).error).toBe(
      "States.QueryEvaluationError",
    );
  });

  it("runs at most MaxConcurrency iterations at a time", async () => {
    let running = 0;
    let most = 0;
    const fixture = new Fixture({
      functions: {
        f: async () => {
          running += 1;
          most = Math.max(most, running);
          await fixture.clock.settle();
          running -= 1;
        },
      },
    });
    await fixture.run(only(inlineMap(invoke("f"), { MaxConcurrency: "{% 3 %}" })), [1, 2, 3, 4, 5, 6, 7]);

    expect(most).toBe(3);
  });

  it("fails with the error of the iteration that fails", async () => {
    const execution = await new Fixture({ functions: { f: boom } }).run(only(inlineMap(invoke("f"))), [1, 2]);

    expect(execution.error).toBe("Boom");
    expect(typesOf(execution)).toContain("MapIterationFailed");
  });
});
