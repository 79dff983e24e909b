/** Where each state of a flow stands: one column, in the order of the file, with loops beside and ends below it. */
import type { Definition, JsonObject } from "../states.ts";
import { type Exit, exitsOf } from "./exits.ts";
import type { Box, Drawing } from "./shapes.ts";

const BOX = { width: 170, height: 30 };
const BESIDE = { width: 140, away: 70 };
const GAP = 24;
/** An arrow that leaves at the side needs this much of the box's height. */
const ROW = 15;

export interface Placed {
  readonly name: string;
  readonly state: JsonObject;
  readonly place: "column" | "beside" | "end";
  readonly box: Box;
  readonly inner: Drawing | undefined;
  readonly exits: readonly Exit[];
  /** Exits that run in a lane: `back` to an earlier state on the left, forward on the right. */
  readonly jumps: { readonly back: readonly Exit[]; readonly forward: readonly Exit[] };
}

export interface Layout {
  readonly states: readonly Placed[];
  /** How far it reaches to either side of the column's middle, x = 0, without lanes. */
  readonly left: number;
  readonly right: number;
  readonly height: number;
}

export function layOut({ States }: Definition, drawInner: (state: JsonObject) => Drawing | undefined): Layout {
  const order = Object.keys(States);
  const at = (name: string) => order.indexOf(name);
  const exits = Object.fromEntries(order.map((name) => [name, exitsOf(States[name] ?? {})]));
  const ends = order.filter((name) => ["Succeed", "Fail"].includes(String(States[name]?.Type)));
  const below = ends.length > 1 ? ends : [];
  const besideOf = new Map<string, string>();
  for (const [from, leaving] of Object.entries(exits))
    for (const { to, onError } of leaving) {
      const loops =
        States[to]?.Type === "Wait" && at(from) < at(to) && exits[to]?.every((exit) => at(exit.to) < at(to));
      const ownPath = onError && order.every((name) => name === from || !exits[name]?.some((exit) => exit.to === to));
      if (loops || ownPath) besideOf.set(to, from);
    }
  const column = order.filter((name) => !besideOf.has(name) && !below.includes(name));

  const jumpsOf = (name: string) => {
    const next = column[column.indexOf(name) + 1];
    const jumps = (exits[name] ?? []).filter(
      ({ to }) => to !== next && !below.includes(to) && besideOf.get(to) !== name,
    );
    const back = jumps.filter(({ to }) => at(to) <= at(name));
    // What stands beside goes back by its own short way.
    return { back: besideOf.has(name) ? [] : back, forward: jumps.filter((exit) => !back.includes(exit)) };
  };
  const place = (name: string, where: Placed["place"], box: Box, inner?: Drawing): Placed => ({
    name,
    state: States[name] ?? {},
    place: where,
    box,
    inner,
    exits: exits[name] ?? [],
    jumps: jumpsOf(name),
  });

  const states: Placed[] = [];
  let y = 0;
  for (const name of column) {
    const inner = drawInner(States[name] ?? {});
    const jumps = jumpsOf(name);
    const width = Math.max(BOX.width, inner?.width ?? 0);
    const height = inner?.height ?? heightFor(jumps, [...besideOf.values()].includes(name));
    states.push(place(name, "column", { x: -width / 2, y, width, height }, inner));
    for (const [other, owner] of besideOf)
      if (owner === name)
        states.push(
          place(other, "beside", {
            x: BOX.width / 2 + BESIDE.away,
            y,
            width: BESIDE.width,
            height: heightFor(jumpsOf(other), false),
          }),
        );
    y = Math.max(...states.map(({ box }) => box.y + box.height)) + GAP;
  }
  below.forEach((name, index) => {
    const width = 130;
    const x = (index - (below.length - 1) / 2) * (width + 15) - width / 2;
    states.push(place(name, "end", { x, y: y + GAP, width, height: BOX.height }));
  });
  return {
    states,
    // Room for the words beside arrows that go back.
    left: Math.max(...states.map(({ box, jumps }) => -box.x + (jumps.back.length > 0 ? 50 : 0))),
    right: Math.max(...states.map(({ box }) => box.x + box.width)),
    height: Math.max(...states.map(({ box }) => box.y + box.height)),
  };
}

/** High enough for a row each arrow at the side; those below what stands beside. */
function heightFor({ back, forward }: Placed["jumps"], hasBeside: boolean): number {
  const rows = Math.max(back.length, forward.length + (hasBeside ? 1 : 0));
  return BOX.height + ROW * Math.max(0, rows - 1);
}
