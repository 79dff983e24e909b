import { readFileSync } from "node:fs";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, test } from "vitest";
import { drawGraph, drawRecovery } from "../../statemachines/draw-graph.ts";
import { assignLanes } from "../../statemachines/picture/lanes.ts";
import { allStates, type Definition } from "../../statemachines/states.ts";

const root = new URL("../../", import.meta.url);
const definition = JSON.parse(readFileSync(new URL("statemachines/recover.asl.json", root), "utf8")) as Definition;

describe("the picture of the recovery", () => {
  test("in docs/ is the one that the state machine gives: after a change run `npm run graph`", () => {
    expect(readFileSync(new URL("docs/recover.svg", root), "utf8")).toBe(drawRecovery());
  });

  test("is well-formed and names every state but the children of maps, once", () => {
    const svg = drawRecovery();
    const names = allStates(definition)
      .filter(({ scope }) => scope.kind !== "items")
      .map(({ name }) => name);

    expect(XMLValidator.validate(svg)).toBe(true);
    expect(new XMLParser().parse(svg)).toHaveProperty("svg.title");
    for (const name of names) expect(svg.match(new RegExp(`font-size="12"[^>]*>${name}<`, "g")), name).toHaveLength(1);
  });

  test("has an arrow for each way out of a state, those to one target together", () => {
    const small: Definition = {
      StartAt: "Ask",
      States: {
        Ask: { Type: "Task", Next: "Answered" },
        Answered: {
          Type: "Choice",
          Choices: [
            { Condition: "{% $states.input.answer = 'yes' %}", Next: "Done" },
            { Condition: "{% $states.input.answer = 'maybe' %}", Next: "Ask" },
            { Condition: "{% $states.input.tries < 3 %}", Next: "Ask" },
          ],
          Default: "Failed",
        },
        Done: { Type: "Succeed" },
        Failed: { Type: "Fail" },
      },
    };

    const svg = drawGraph(small, "small");

    expect(svg.match(/marker-end/g)).toHaveLength(4);
    expect(svg).toContain(">maybe / tries &lt; 3<");
  });
});

describe("lanes", () => {
  test("that overlap stand beside each other, the shorter one nearer", () => {
    const lanes = assignLanes([
      { target: "long", from: [0], to: 100 },
      { target: "short", from: [40], to: 60 },
      { target: "elsewhere", from: [110], to: 130 },
    ]);

    expect(Object.fromEntries(lanes.map(({ target, index }) => [target, index]))).toEqual({
      short: 0,
      elsewhere: 0,
      long: 1,
    });
  });
});
