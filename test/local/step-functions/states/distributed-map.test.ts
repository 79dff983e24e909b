import { describe, expect, it } from "vitest";
import type { Execution } from "../../../../local/step-functions/execution.ts";
import { distributed, Fixture, HandlerError, invoke, only, pass, ROLE, typesOf } from "../fixture.ts";

const each = (state: object) => ({ StartAt: "Each", States: { Each: { ...state, End: true } } });
const READER = {
  Resource: "arn:aws:states:::s3:getObject",
  ReaderConfig: { InputType: "JSON" },
  Arguments: { Bucket: "b", Key: "{% $states.input.key %}" },
};
const failFor = (...bad: number[]) => ({
  f: (n: number) => {
    if (bad.includes(n)) throw new HandlerError("Bad", String(n));
    return n * 10;
  },
});
const mapRunOf = (execution: Execution) => [...execution.engine.mapRuns.values()].at(-1);

describe("Map, distributed", () => {
  it("runs an execution of its own for every item of an S3 object", async () => {
    const fixture = new Fixture({ objects: { "b/parts.json": ["x", "y"] } });
    const execution = await fixture.run(
      only(
        distributed(each(pass({ Output: "{% $states.input.item & $states.input.at %}" })), {
          ItemReader: READER,
          ItemSelector: { item: "{% $states.context.Map.Item.Value %}", at: "{% $states.context.Map.Item.Index %}" },
          Label: "Parts",
        }),
      ),
      { key: "parts.json" },
    );

    expect(execution.output).toEqual(["x0", "y1"]);
    expect(typesOf(execution)).toEqual([
      "ExecutionStarted",
      "MapStateEntered",
      "MapRunStarted",
      "MapRunSucceeded",
      "MapStateExited",
      "ExecutionSucceeded",
    ]);
    const child = mapRunOf(execution)?.children[0];
    expect(child?.arn).toMatch(/^arn:aws:states:eu-west-1:111122223333:execution:machine-1\/Parts:[\w-]{36}$/);
    expect(child?.shownStateMachineArn).toBe(`${execution.stateMachineArn}/Parts`);
  });

  it("succeeds with [] for no items", async () => {
    const execution = await new Fixture().run(only(distributed(each(pass({})), { Items: [] })));

    expect([execution.status, execution.output]).toEqual(["SUCCEEDED", []]);
  });

  it("tells of every child by an event that bears the map's label", async () => {
    const fixture = new Fixture();
    const execution = await fixture.run(only(distributed(each(pass({})), { Items: [1], Label: "Parts" })));

    const told = fixture.events.map(({ detail }) => [detail.stateMachineArn, detail.status]);
    expect(told).toEqual([
      [execution.stateMachineArn, "RUNNING"],
      [`${execution.stateMachineArn}/Parts`, "RUNNING"],
      [`${execution.stateMachineArn}/Parts`, "SUCCEEDED"],
      [execution.stateMachineArn, "SUCCEEDED"],
    ]);
  });

  it("fails when one child fails, names the tolerance, and aborts the others", async () => {
    const fixture = new Fixture({
      functions: {
        f: async (n: number) => {
          await fixture.clock.settle();
          if (n === 2) throw new HandlerError("Bad");
          return new Promise(() => undefined);
        },
      },
    });
    const execution = await fixture.run(only(distributed(each(invoke("f")), { Items: [1, 2, 3] })));

    expect(execution.error).toBe("States.ExceedToleratedFailureThreshold");
    expect(mapRunOf(execution)?.status).toBe("FAILED");
    expect(mapRunOf(execution)?.counts()).toMatchObject({ failed: 1, aborted: 2, total: 3 });
    expect(typesOf(execution).slice(-2)).toEqual(["MapRunFailed", "ExecutionFailed"]);
  });

  it.each([
    [{ ToleratedFailureCount: 1 }, "FAILED"],
    [{ ToleratedFailureCount: 2 }, "SUCCEEDED"],
    [{ ToleratedFailurePercentage: 49 }, "FAILED"],
    [{ ToleratedFailurePercentage: "{% 50 %}" }, "SUCCEEDED"],
    [{ ToleratedFailurePercentage: 100, ToleratedFailureCount: 1 }, "FAILED"],
    [{}, "FAILED"],
  ])("with %j and two of four children failed is %s", async (fields, status) => {
    const fixture = new Fixture({ functions: failFor(2, 3) });
    const execution = await fixture.run(
      only(distributed(each(invoke("f")), { Items: [1, 2, 3, 4], MaxConcurrency: 1, ...fields })),
    );

    expect(execution.status).toBe(status);
  });

  it("gives a tolerated failure's execution in the place of its output", async () => {
    const fixture = new Fixture({ functions: failFor(2) });
    const execution = await fixture.run(
      only(distributed(each(invoke("f")), { Items: [1, 2], ToleratedFailureCount: 1 })),
    );

    expect(execution.output).toEqual([10, expect.objectContaining({ Status: "FAILED", Error: "Bad", Input: "2" })]);
  });

  it("fails when the reader's object is missing or no array", async () => {
    const fixture = new Fixture({ objects: { "b/object.json": {}, "b/text": "[" } });
    const machine = only(distributed(each(pass({})), { ItemReader: READER }));

    for (const key of ["missing", "object.json", "text"]) {
      expect((await fixture.run(machine, { key })).error).toBe("States.ItemReaderFailed");
    }
  });

  it("must be allowed to start executions of its own machine", async () => {
    const fixture = new Fixture({ denied: ["states:StartExecution"] });
    const execution = await fixture.run(only(distributed(each(pass({})), { Items: [1] })));

    expect(execution.error).toBe("States.Runtime");
    expect(execution.cause).toMatch(/not authorized to perform: states:StartExecution/);
    const asked = fixture.authorized.find(({ action }) => action === "states:StartExecution");
    expect([asked?.caller.principalArn, asked?.resource]).toEqual([ROLE, execution.stateMachineArn]);
  });

  it("runs at most MaxConcurrency children at a time", async () => {
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
    await fixture.run(
      only(distributed(each(invoke("f")), { Items: [1, 2, 3, 4, 5], MaxConcurrency: "{% $states.input.c %}" })),
      { c: 2 },
    );

    expect(most).toBe(2);
  });

  it("aborts its children when the execution is stopped", async () => {
    const fixture = new Fixture();
    const execution = fixture.start(only(distributed(each({ Type: "Wait", Seconds: 100 }), { Items: [1, 2] })));
    await fixture.clock.settle();

    fixture.service.stopExecution(execution.arn, "Enough", "by hand");
    await fixture.clock.settle();

    expect([execution.status, execution.error, execution.cause]).toEqual(["ABORTED", "Enough", "by hand"]);
    expect(mapRunOf(execution)?.children.map((child) => child?.status)).toEqual(["ABORTED", "ABORTED"]);
    expect(mapRunOf(execution)?.status).toBe("ABORTED");
  });

  it("runs 20,000 items", async () => {
    const items = Array.from({ length: 20_000 }, (_, index) => index);
    const fixture = new Fixture({ objects: { "b/many": items } });
    const machine = only(
      distributed(each(pass({ Output: {} })), {
        ItemReader: READER,
        ItemSelector: { part: "{% $states.context.Map.Item.Value %}", id: "{% $states.context.Execution.Name %}" },
      }),
    );
    const execution = await fixture.run(machine, { key: "many" });

    expect(execution.status).toBe("SUCCEEDED");
    expect(mapRunOf(execution)?.counts()).toMatchObject({ succeeded: 20_000, total: 20_000 });
  });
});
