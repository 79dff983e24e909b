import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { STAGES, stageOf, WAITS } from "../../../local/demo/stages.ts";
import { allStates } from "../../../statemachines/states.ts";

const definition = JSON.parse(
  readFileSync(new URL("../../../statemachines/recover.asl.json", import.meta.url), "utf8"),
);
const names = new Set(allStates(definition).map(({ name }) => name));

/** States that the demo's story never enters: its approver is there, and nothing is unlike the plan. */
const NOT_IN_THE_STORY = new Set(["ApprovalTimedOut", "AwaitDecision", "ReadDecision", "Decided"]);

describe("the demo's stages", () => {
  it("name only states that the machine has", () => {
    const unknown = [...STAGES.flatMap(({ states }) => states), ...Object.keys(WAITS)].filter(
      (name) => !names.has(name),
    );

    expect(unknown).toEqual([]);
  });

  it("know every state in which the demo's recovery can be seen at work", () => {
    const ends = new Set(["Recovered", "Planned", "NothingToRepair", "Rejected", "Stopped"]);
    const inParts = new Set([
      "CompareSegment",
      "SegmentCompared",
      "WaitForSegment",
      "SegmentReady",
      "PlanPart",
      "ApplyPart",
      "VerifyPart",
    ]);
    const nowhere = [...names].filter(
      (name) => stageOf(name) < 0 && !ends.has(name) && !inParts.has(name) && !NOT_IN_THE_STORY.has(name),
    );

    expect(nowhere).toEqual([]);
  });
});
