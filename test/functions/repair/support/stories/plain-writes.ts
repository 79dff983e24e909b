import assert from "node:assert/strict";
import { images } from "../items.ts";

import { created, deleting, expect, play, versioned, type WriterStory } from "./scene.ts";

export const PLAIN_WRITES: readonly WriterStory[] = [
  {
    title: "an update reverts its attributes, leaves the others, and raises the version",
    run: async (core) => {
      const planned = images({ a: 1, v: 1 }, { a: 2, b: 1, v: 2 }, { a: 2, b: 1, v: 2 });
      const played = await play(core, { planned, by: versioned, now: { a: 2, b: 1, c: 7, v: 5 } });
      expect(played, { outcome: "written", doubtful: false, attempt: 1 }, { a: 1, c: 7, v: 6 });
      assert.deepEqual(played.table.sent, ["UpdateItem"]);
    },
  },
  {
    title: "a put brings the item back, its version far beyond the old one",
    run: async (core) => {
      const planned = images({ a: 1, v: 3 }, null, null);
      expect(await play(core, { planned, by: versioned }), { outcome: "written" }, { a: 1, v: 1_000_003 });
    },
  },
  {
    title: "a delete is recorded as soon as it is answered",
    run: async (core) => {
      const played = await play(core, { planned: created, by: deleting });
      expect(played, { outcome: "written" }, null);
      assert.deepEqual(played.recorder.outcomes, [played.outcome]);
    },
  },
];
