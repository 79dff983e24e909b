import assert from "node:assert/strict";
import { item } from "../items.ts";

import {
  created,
  damaged,
  damagedVersioned,
  deleting,
  earlier,
  expect,
  play,
  versioned,
  type WriterStory,
} from "./scene.ts";

export const LATER_ATTEMPTS: readonly WriterStory[] = [
  {
    title: "what an earlier attempt recorded is skipped",
    run: async (core) => {
      const before = earlier({ action: "update", outcome: "written" });
      const played = await play(core, { planned: damaged, attempt: { number: 2, earlier: [before] } });
      assert.deepEqual(played.outcome, before);
      assert.deepEqual(played.table.sent, []);
    },
  },
  {
    title: "a freeze that was not proven then may be proven now",
    run: async (core) => {
      const before = earlier({ outcome: "conflict", reason: "freeze-not-proven" });
      const played = await play(core, { planned: created, by: deleting, attempt: { number: 2, earlier: [before] } });
      expect(played, { outcome: "written", attempt: 2 }, null);
    },
  },
  {
    title: "what was deleted unlike the plan, and not put back yet, is put back",
    run: async (core) => {
      const image = item({ a: 1, good: 1 });
      const before = earlier({ outcome: "deleted-unlike-plan", image });
      const scene = { planned: created, by: deleting, now: null, attempt: { number: 2, earlier: [before] } };
      const played = await play(core, scene);
      expect(played, { outcome: "conflict", reason: "put-back" }, { a: 1, good: 1 });
    },
  },
  {
    title: "a delete without a recorded outcome is listed as unseen",
    run: async (core) => {
      const played = await play(core, { planned: created, by: deleting, now: null, attempt: { number: 2 } });
      expect(played, { outcome: "conflict", reason: "delete-unseen" }, null);
    },
  },
  {
    title: "40: the damaged value, written again by somebody who knew, is not reverted by a second attempt",
    run: async (core) => {
      // The first attempt raised the version to 3 and died; then a customer chose that very value.
      const scene = { planned: damagedVersioned, by: versioned, now: { a: 2, v: 4 }, attempt: { number: 2 } };
      const played = await play(core, scene);
      expect(played, { outcome: "conflict", reason: "changed-since-plan" }, { a: 2, v: 4 });
    },
  },
  {
    title: "27: what a dead attempt wrote is `already`, and doubtful; what it did not is written",
    run: async (core) => {
      const done = { planned: damagedVersioned, by: versioned, now: { a: 1, v: 3 }, attempt: { number: 2 } };
      expect(await play(core, done), { outcome: "already", doubtful: true }, { a: 1, v: 3 });
      const undone = { planned: damagedVersioned, by: versioned, attempt: { number: 2 } };
      expect(await play(core, undone), { outcome: "written", doubtful: false }, { a: 1, v: 3 });
    },
  },
];
