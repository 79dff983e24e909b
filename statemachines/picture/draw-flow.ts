import { type Definition, innerDefinitions, type JsonObject } from "../states.ts";
import { assignLanes } from "./lanes.ts";
import { type Layout, layOut, type Placed } from "./layout.ts";
import { arrow, type Drawing, frame, type Point, stateShape, text } from "./shapes.ts";

const LANE = 13;
const FRAME = { title: 34, side: 16, bottom: 16 };
/** One colour a target, so that the eye can follow a lane. */
const COLOURS = ["#7a5195", "#2a7f9e", "#bc5090", "#3f7d3f", "#a05a00", "#4059ad", "#8a3b3b"];

/** A flow of states as one column: its way from top to bottom, loops at its side, jumps in lanes. */
export function drawFlow(definition: Definition): Drawing {
  const layout = layOut(definition, drawBranches);
  const back = drawLanes(layout, "back");
  const forward = drawLanes(layout, "forward");
  const lines = layout.states.flatMap((from) => shortArrows(from, layout.states));
  const shapes = layout.states.map(({ name, state, box, inner }) =>
    inner ? frame(name, box, inner.svg) : stateShape(name, state, box),
  );
  const middle = layout.left + back.width;
  return {
    width: layout.left + layout.right + back.width + forward.width,
    height: layout.height,
    svg: `<g transform="translate(${middle} 0)">\n${[back.svg, forward.svg, ...lines, ...shapes].join("\n")}\n</g>`,
  };
}

/** The branches of a Parallel, side by side; a Map's one state needs no drawing of its own. */
function drawBranches(state: JsonObject): Drawing | undefined {
  if (state.Type !== "Parallel") return undefined;
  let x = FRAME.side;
  const drawn = innerDefinitions("", state).map(({ definition }) => {
    const { width, height, svg } = drawFlow(definition);
    const moved = `<g transform="translate(${x} ${FRAME.title})">${svg}</g>`;
    x += width + FRAME.side;
    return { height, moved };
  });
  return {
    width: x,
    height: FRAME.title + Math.max(...drawn.map(({ height }) => height)) + FRAME.bottom,
    svg: drawn.map(({ moved }) => moved).join("\n"),
  };
}

/** To the next state, to a loop beside and back from it, to an end. */
function shortArrows(from: Placed, states: readonly Placed[]): string[] {
  const lanes = [...from.jumps.back, ...from.jumps.forward];
  const { x, y, width, height } = from.box;
  const right = x + width;
  return from.exits
    .filter((exit) => !lanes.includes(exit))
    .flatMap(({ to, label }) => {
      const target = states.find(({ name }) => name === to);
      if (!target) return [];
      const { box } = target;
      if (from.place === "beside") {
        const over: Point[] = [
          [x + width / 2, y],
          [x + width / 2, box.y + 9],
          [box.x + box.width, box.y + 9],
        ];
        return [arrow(over), text(label, right, y - 4, "end", 10)];
      }
      if (target.place === "beside") {
        const across = box.y + 13;
        return [
          arrow([
            [right, across],
            [box.x, across],
          ]),
          text(label, right + 6, across - 4, "start", 10),
        ];
      }
      const middle = box.x + box.width / 2;
      const bend = box.y - 14;
      const down: Point[] = [
        [0, y + height],
        [0, bend],
        [middle, bend],
        [middle, box.y],
      ];
      return [arrow(down), text(label, middle + 6, target.place === "end" ? box.y - 17 : box.y - 9, "start", 10)];
    });
}

function drawLanes({ states, left, right }: Layout, way: "back" | "forward"): { width: number; svg: string } {
  const side = way === "back" ? -1 : 1;
  const starts = states.flatMap(({ box, jumps }) =>
    jumps[way].map(({ to, label }, index, all) => ({
      to,
      label,
      x: way === "back" ? box.x : box.x + box.width,
      // From the foot up: the head is for arrows that come in, and for what stands beside.
      y: box.y + box.height - 9 - 15 * (all.length - 1 - index),
    })),
  );
  const targets = states.filter(({ name }) => starts.some(({ to }) => to === name));
  const lanes = assignLanes(
    targets.map(({ name, box }) => ({
      target: name,
      from: starts.filter(({ to }) => to === name).map(({ y }) => y),
      to: box.y + 9,
    })),
  );
  const svg = lanes.flatMap(({ target, to, index }) => {
    const x = side * ((way === "back" ? left : right) + LANE * (index + 1));
    const box = targets.find(({ name }) => name === target)?.box ?? { x: 0, width: 0 };
    const edge = way === "back" ? box.x : box.x + box.width;
    const colour = COLOURS[states.findIndex(({ name }) => name === target) % COLOURS.length];
    return starts
      .filter((start) => start.to === target)
      .flatMap((start) => [
        arrow(
          [
            [start.x, start.y],
            [x, start.y],
            [x, to],
            [edge, to],
          ],
          colour,
        ),
        text(start.label, start.x + side * 6, start.y - 3, way === "back" ? "end" : "start", 10),
      ]);
  });
  const count = Math.max(0, ...lanes.map(({ index }) => index + 1));
  return { width: LANE * (count + 1), svg: svg.join("\n") };
}
