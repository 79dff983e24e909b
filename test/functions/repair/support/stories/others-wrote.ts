import assert from "node:assert/strict";
import type { Item } from "../../../../../functions/items/item.ts";
import { images, item, NOW, rules } from "../items.ts";

import {
  created,
  createdVersioned,
  damaged,
  deleted,
  deleting,
  expect,
  play,
  versioned,
  type WriterStory,
} from "./scene.ts";

export const OTHERS_WROTE: readonly WriterStory[] = [
  {
    title: "38: an update of an item that was deleted meanwhile makes no ghost",
    run: async (core) => {
      const lost = images({ a: 1 }, {}, {});
      const played = await play(core, { planned: lost, now: null });
      expect(played, { outcome: "conflict", reason: "changed-since-plan" }, null);
    },
  },
  {
    title: "an attribute that was written after the plan stays",
    run: async (core) => {
      const played = await play(core, { planned: damaged, now: { a: 3 } });
      expect(played, { outcome: "conflict", reason: "changed-since-plan" }, { a: 3 });
      assert.equal(played.table.writes, 0);
    },
  },
  {
    title: "one of two attributes was written after the plan: neither is reverted",
    run: async (core) => {
      const planned = images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 2 });
      expect(await play(core, { planned, now: { a: 2, b: 3 } }), { outcome: "conflict" }, { a: 2, b: 3 });
      expect(await play(core, { planned, now: { a: 3, b: 2 } }), { outcome: "conflict" }, { a: 3, b: 2 });
    },
  },
  {
    title: "an attribute that was added after the plan stays",
    run: async (core) => {
      const planned = images({ a: 1 }, {}, {});
      expect(await play(core, { planned, now: { a: 9 } }), { outcome: "conflict" }, { a: 9 });
    },
  },
  {
    title: "what somebody put right meanwhile is `already`",
    run: async (core) => {
      const played = await play(core, { planned: damaged, now: { a: { N: "1.0" }, b: 1 } });
      expect(played, { outcome: "already", doubtful: false }, { a: 1, b: 1 });
    },
  },
  {
    title: "an item that somebody created meanwhile is not overwritten",
    run: async (core) => {
      expect(await play(core, { planned: deleted, now: { a: 2 } }), { outcome: "conflict" }, { a: 2 });
      expect(await play(core, { planned: deleted, now: { a: 1, b: 1 } }), { outcome: "conflict" }, { a: 1, b: 1 });
    },
  },
  {
    title: "an item that somebody brought back as it was is `already`, whatever its version",
    run: async (core) => {
      const planned = images({ a: 1, v: 1 }, null, null);
      expect(await play(core, { planned, by: versioned, now: { a: 1, v: 9 } }), { outcome: "already" }, { a: 1, v: 9 });
    },
  },
  {
    title: "an item that changed meanwhile is not deleted",
    run: async (core) => {
      expect(await play(core, { planned: created, by: deleting, now: { a: 2 } }), { outcome: "conflict" }, { a: 2 });
    },
  },
  {
    title: "an item whose version moved is not deleted",
    run: async (core) => {
      const played = await play(core, { planned: createdVersioned, by: versioned, now: { a: 1, b: 1, v: 2 } });
      expect(played, { outcome: "conflict" }, { a: 1, b: 1, v: 2 });
      assert.equal(played.table.writes, 0);
    },
  },
  {
    title: "an item that got a version meanwhile is not deleted",
    run: async (core) => {
      const played = await play(core, { planned: created, by: versioned, now: { a: 1, v: 1 } });
      expect(played, { outcome: "conflict" }, { a: 1, v: 1 });
      assert.equal(played.table.writes, 0);
    },
  },
  {
    title: "an item that somebody else deleted first is `already`",
    run: async (core) => {
      expect(await play(core, { planned: created, by: deleting, now: null }), { outcome: "already" }, null);
    },
  },
  {
    title: "39: a deleted item with an attribute that nobody had seen is recorded, put back and listed",
    run: async (core) => {
      const played = await play(core, { planned: created, by: deleting, now: { a: 1, good: 1 } });
      const image = item({ a: 1, good: 1 });
      expect(played, { outcome: "conflict", reason: "put-back", image }, { a: 1, good: 1 });
      assert.equal(played.recorder.outcomes[0]?.outcome, "deleted-unlike-plan");
      assert.deepEqual((played.recorder.outcomes[0] as { image?: Item }).image, image);
      assert.equal(played.recorder.itemsThen[0], null, "it is recorded before it is put back");
    },
  },
  {
    title: "what was created again before it could be put back is not overwritten, and its image is kept",
    run: async (core) => {
      const played = await play(core, {
        planned: created,
        by: deleting,
        now: { a: 1, good: 1 },
        requests: (request, table) => {
          if (request === 2) table.item = item({ a: 5 });
          return undefined;
        },
      });
      const image = item({ a: 1, good: 1 });
      expect(played, { outcome: "conflict", reason: "put-back-refused", image }, { a: 5 });
    },
  },
  {
    title: "a delete without a version is not tried unless the freeze is proven",
    run: async (core) => {
      const played = await play(core, { planned: created, by: deleting, attempt: { freezeProven: false } });
      expect(played, { outcome: "conflict", reason: "freeze-not-proven" }, { a: 1 });
      assert.deepEqual(played.table.sent, []);
      const relying = { planned: createdVersioned, by: versioned, attempt: { freezeProven: false } };
      expect(await play(core, relying), { outcome: "written" }, null);
    },
  },
  {
    title: "the writer judges TTL again by its own clock",
    run: async (core) => {
      const planned = images({ a: 1, ttl: NOW + 100 }, null, null);
      const played = await play(core, { planned, by: rules({ ttlAttribute: "ttl" }), seconds: NOW + 101 });
      expect(played, { outcome: "expired" }, null);
      assert.deepEqual(played.table.sent, []);
    },
  },
  {
    title: "beyond the limits the version guards the item",
    run: async (core) => {
      const wide = (value: number) =>
        Object.fromEntries(Array.from({ length: 151 }, (_, index) => [`a${index}`, value]));
      const planned = images({ ...wide(1), v: 1 }, { ...wide(2), v: 2 }, { ...wide(2), v: 2 });
      const refused = await play(core, { planned, by: versioned, now: { ...wide(2), a7: 9, v: 3 } });
      expect(refused, { outcome: "conflict" }, { ...wide(2), a7: 9, v: 3 });
      expect(await play(core, { planned, by: versioned }), { outcome: "written" }, { ...wide(1), v: 3 });
    },
  },
];
