import { existsSync, readdirSync, readFileSync } from "node:fs";
import aslValidator from "asl-validator";
import { describe, expect, test } from "vitest";
import { contracts, type StepName } from "../../functions/contracts.ts";
import * as errors from "../../functions/runtime/errors.ts";
import { toKebabCase } from "../../infra/places.ts";
import { STEP_SETTINGS } from "../../infra/step-settings.ts";
import { faultsOf, TRANSIENT_ERRORS } from "../../statemachines/hygiene.ts";
import { placeholdersOf, render } from "../../statemachines/render.ts";
import { allStates, type Definition, type JsonObject } from "../../statemachines/states.ts";

const folder = new URL("../../statemachines/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".asl.json"));

/** States that use the function of another. */
const ALIASES: Readonly<Record<string, StepName>> = { ConfirmReadOnly: "VerifyReadOnly" };

function read(file: string) {
  const text = readFileSync(new URL(file, folder), "utf8");
  return { text, definition: JSON.parse(text) as Definition & JsonObject };
}

function tasksOf(definition: Definition) {
  return allStates(definition)
    .filter(({ state }) => state.Type === "Task")
    .map(({ name, state }) => {
      const { FunctionName, Payload } = state.Arguments as unknown as { FunctionName: string; Payload: JsonObject };
      return { name, state, step: ALIASES[name] ?? name, functionName: FunctionName, payload: Payload };
    });
}

describe.each(files)("%s", (file) => {
  const { text, definition } = read(file);
  const tasks = tasksOf(definition);

  test("has none of the faults that asl-validator does not look for", () => {
    expect(faultsOf(definition)).toEqual([]);
  });

  test("is valid to asl-validator once it is rendered", () => {
    const values = Object.fromEntries(
      placeholdersOf(text).map((name) => [name, `arn:aws:lambda:us-east-1:111122223333:function:${name}`]),
    );

    // Parsed anew, since the validator changes what it checks.
    const { isValid, errors: found } = aslValidator(JSON.parse(render(text, values)), {
      checkArn: true,
      checkPaths: true,
    });

    expect(found).toEqual([]);
    expect(isValid).toBe(true);
  });

  test.each(tasks)("$name calls the function of its step, which has a file, a construct and a contract", (task) => {
    const expected = `\${${task.step}FunctionArn}`;

    expect(task.functionName).toBe(expected);
    expect(existsSync(new URL(`../functions/${toKebabCase(task.step)}.ts`, folder))).toBe(true);
    expect(Object.keys(STEP_SETTINGS)).toContain(task.step);
    expect(Object.keys(contracts)).toContain(task.step);
  });

  test.each(tasks)("$name gives its step what the contract asks for, and nothing else", ({ step, payload }) => {
    const shape = contracts[step as StepName].input.shape as Record<string, { isOptional(): boolean }>;
    const required = Object.keys(shape).filter((field) => !shape[field]?.isOptional());

    expect(Object.keys(shape)).toEqual(expect.arrayContaining(Object.keys(payload)));
    expect(Object.keys(payload)).toEqual(expect.arrayContaining(required));
  });

  test.each(tasks)(
    "45: $name waits longer than its function may run, so that nothing works on beside a retry",
    ({ step, state }) => {
      const patience = state.TimeoutSeconds;
      // People are waited for as long as the request says.
      if (typeof patience === "string") return expect(state.Resource).toMatch(/waitForTaskToken$/);

      expect(patience).toBeGreaterThan(STEP_SETTINGS[step as StepName].timeoutSeconds);
    },
  );
});

describe("the recovery", () => {
  const { text, definition } = read("recover.asl.json");

  test("uses the function of every step, and no other placeholder", () => {
    const wanted = Object.keys(contracts).map((step) => `${step}FunctionArn`);

    expect(placeholdersOf(text)).toEqual(wanted.sort());
  });

  test("reads only fields that the contract of the step before answers", () => {
    for (const { name, state, step } of tasksOf(definition)) {
      const shape = contracts[step as StepName].output.shape;
      const fields = [...JSON.stringify(state).matchAll(/\$states\.result\.Payload\.(\w+)/g)].map(([, field]) => field);

      for (const field of fields) expect(Object.keys(shape), `${name} reads ${field}`).toContain(field);
    }
  });

  test("initialises in Preflight every variable that it ever assigns", () => {
    const states = allStates(definition);
    const assigned = states.flatMap(({ state }) => [...JSON.stringify(state).matchAll(/"Assign":\{(.*?)\}[,}]/g)]);
    const names = assigned.flatMap(([, body]) => [...(body ?? "").matchAll(/"(\w+)":/g)].map(([, name]) => name));
    const first = definition.States.Preflight?.Assign as JsonObject;

    expect(Object.keys(first)).toEqual(expect.arrayContaining([...new Set(names)]));
  });

  test("retries only names of ours that the functions throw", () => {
    const ours = TRANSIENT_ERRORS.filter((name) => !name.startsWith("Lambda."));

    for (const name of ours) expect(Object.keys(errors)).toContain(name);
  });
});

describe("a planted fault is caught", () => {
  type State = Record<string, unknown> & {
    Branches: { States: Record<string, State> }[];
    ItemProcessor: { States: Record<string, State> };
  };
  const planted: readonly [string, RegExp, (states: Record<string, State>) => void][] = [
    [
      "an inner scope assigns an outer name",
      /assigns the outer name \$round/,
      (states) => {
        set(at(states, "GatherEvidence").Branches[0]?.States.StartRestore, "Assign", { round: 1 });
      },
    ],
    [
      "a variable in a Map field",
      /variable in a Map field: \$concurrency/,
      (states) => {
        set(states.PlanRepairs, "MaxConcurrency", "{% $concurrency %}");
      },
    ],
    [
      "an outer variable in a Map child",
      /outer variable \$table in a child of ApplyRepairs/,
      (states) => {
        const task = at(states, "ApplyRepairs").ItemProcessor.States.ApplyPart;
        set(task?.Arguments, "Payload", { table: "{% $table %}" });
      },
    ],
    [
      "a reference without a dollar",
      /bare reference: "status"/,
      (states) => {
        set(states.ReadOnlyProven, "Choices", [{ Condition: "{% status = 'proven' %}", Next: "EvidenceGathered" }]);
      },
    ],
    [
      "a reference outside of an expression",
      /bare reference: "\$\.round"/,
      (states) => {
        set(states.NextRound, "Output", { round: "$.round" });
      },
    ],
    [
      "a variable of a branch read outside",
      /\$restore is assigned in an inner scope/,
      (states) => {
        set(at(states, "GatherEvidence").Branches[0]?.States.CheckRestore, "Assign", { restore: 1 });
        set(states.ListParts, "Output", "{% $restore %}");
      },
    ],
    [
      "a Catch elsewhere",
      /a Catch elsewhere/,
      (states) => {
        set(states.LiftReadOnly, "Catch", [{ ErrorEquals: ["States.Timeout"], Next: "WriteReport" }]);
      },
    ],
    [
      "a Catch of everything",
      /a Catch elsewhere/,
      (states) => {
        set(states.AwaitApproval, "Catch", [{ ErrorEquals: ["States.ALL"], Next: "WriteReport" }]);
      },
    ],
    [
      "an outer variable in a branch",
      /\$table in a branch of GatherEvidence/,
      (states) => {
        set(at(states, "GatherEvidence").Branches[1]?.States.WaitForKeys, "Output", { table: "{% $table %}" });
      },
    ],
    [
      "a variable that nobody assigns",
      /\$tabel is assigned nowhere/,
      (states) => {
        set(states.FreezeFirst, "Output", "{% $tabel %}");
      },
    ],
    [
      "a Retry of everything",
      /retries "States.ALL"/,
      (states) => {
        set(states.ApplyRepairs, "Retry", [{ ErrorEquals: ["States.ALL"] }]);
      },
    ],
    [
      "a Task without a time-out",
      /without TimeoutSeconds/,
      (states) => set(states.Preflight, "TimeoutSeconds", undefined),
    ],
    [
      "an empty string assigned",
      /assigns an empty string/,
      (states) => set(states.NextRound, "Assign", { planHash: "" }),
    ],
  ];

  test.each(planted)("%s", (_, message, plant) => {
    const copy = structuredClone(read("recover.asl.json").definition);

    plant(copy.States as unknown as Record<string, State>);

    expect(faultsOf(copy)).toContainEqual(expect.stringMatching(message));
  });

  function at(states: Record<string, State>, name: string): State {
    const state = states[name];
    if (!state) throw new Error(`The recovery has no state ${name} to plant a fault in.`);
    return state;
  }

  function set(target: unknown, field: string, value: unknown): void {
    if (typeof target !== "object" || target === null) throw new Error(`There is nothing to set ${field} of.`);
    const holder = target as Record<string, unknown>;
    if (value === undefined) delete holder[field];
    else holder[field] = value;
  }
});
