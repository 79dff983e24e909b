import assert from "node:assert/strict";
import type { Fault } from "../conditional-table.ts";
import { item } from "../items.ts";

import {
  created,
  damaged,
  damagedVersioned,
  deleted,
  deleting,
  expect,
  first,
  late,
  play,
  start,
  throttled,
  timeout,
  unheard,
  versioned,
  type WriterStory,
} from "./scene.ts";

export const NO_ANSWER: readonly WriterStory[] = [
  {
    title: "after a lost answer the item is read first; what took effect is `already`, and doubtful",
    run: async (core) => {
      const played = await play(core, { planned: damagedVersioned, by: versioned, requests: first(unheard) });
      expect(played, { outcome: "already", doubtful: true }, { a: 1, v: 3 });
      assert.deepEqual(played.table.sent, ["UpdateItem", "GetItem"]);
    },
  },
  {
    title: "after a lost answer without effect it is written again, once",
    run: async (core) => {
      const played = await play(core, { planned: damagedVersioned, by: versioned, requests: first(timeout) });
      expect(played, { outcome: "written" }, { a: 1, v: 3 });
      assert.deepEqual(played.table.sent, ["UpdateItem", "GetItem", "UpdateItem"]);
    },
  },
  {
    title: "after a lost answer the version is pinned",
    run: async (core) => {
      const played = await play(core, {
        planned: damagedVersioned,
        by: versioned,
        requests: (request, table) => {
          if (request === 3) table.item = item({ a: 2, v: 4 });
          return request === 1 ? timeout : undefined;
        },
      });
      expect(played, { outcome: "conflict" }, { a: 2, v: 4 });
    },
  },
  {
    title: "a request that arrives after it was given up does no harm",
    run: async (core) => {
      const played = await play(core, {
        planned: damagedVersioned,
        by: versioned,
        requests: (request) => (request === 1 ? timeout : request === 3 ? late : undefined),
      });
      expect(played, { outcome: "already", doubtful: true }, { a: 1, v: 3 });
      assert.equal(played.table.writes, 1);
    },
  },
  {
    title: "after a lost answer a later good write stays",
    run: async (core) => {
      const played = await play(core, {
        planned: damaged,
        requests: (request, table) => {
          if (request === 2) table.item = item({ a: 9 });
          return request === 1 ? unheard : undefined;
        },
      });
      expect(played, { outcome: "conflict", reason: "changed-since-plan" }, { a: 9 });
    },
  },
  {
    title: "a put whose answer is lost is not put twice",
    run: async (core) => {
      const played = await play(core, { planned: deleted, requests: first(unheard) });
      expect(played, { outcome: "already", doubtful: true }, { a: 1 });
      assert.equal(played.table.writes, 1);
    },
  },
  {
    title: "a delete whose answer is lost is listed as unseen",
    run: async (core) => {
      const played = await play(core, { planned: created, by: deleting, requests: first(unheard) });
      expect(played, { outcome: "conflict", reason: "delete-unseen" }, null);
    },
  },
  {
    title: "a put-back whose answer is lost is read first",
    run: async (core) => {
      const played = await play(core, {
        planned: created,
        by: deleting,
        now: { a: 1, good: 1 },
        requests: (request) => (request === 2 ? unheard : undefined),
      });
      expect(played, { outcome: "conflict", reason: "put-back" }, { a: 1, good: 1 });
      assert.deepEqual(played.table.sent, ["DeleteItem", "PutItem", "GetItem"]);
    },
  },
  {
    title: "a throttled write is sent again after growing pauses, and is no reason for doubt",
    run: async (core) => {
      const played = await play(core, {
        planned: damaged,
        requests: (request) => (request < 4 ? throttled : undefined),
      });
      expect(played, { outcome: "written", doubtful: false }, { a: 1 });
      assert.deepEqual(played.table.sent, ["UpdateItem", "UpdateItem", "UpdateItem", "UpdateItem"]);
      assert.deepEqual(played.pauses, [50, 100, 200]);
    },
  },
  {
    title: "a write that is never answered ends the attempt without an outcome",
    run: async (core) => {
      const { done } = start(core, {
        planned: damaged,
        requests: (request) => (request % 2 === 1 ? timeout : undefined),
      });
      await assert.rejects(done, { name: "WriteUnanswered" });
    },
  },
  {
    title: "a validation error is the item's own: it is listed as unwritable, without a second try",
    run: async (core) => {
      const played = await play(core, {
        planned: damaged,
        requests: first({ error: "ValidationException", effect: "none" }),
      });
      expect(played, { outcome: "unwritable" }, { a: 2 });
      assert.deepEqual(played.table.sent, ["UpdateItem"]);
    },
  },
  {
    title: "a missing permission ends the attempt at once",
    run: async (core) => {
      const denied: Fault = { error: "AccessDeniedException", effect: "none" };
      const { done, table } = start(core, { planned: damaged, requests: first(denied) });
      await assert.rejects(done, { name: "AccessDeniedException" });
      assert.deepEqual(table.sent, ["UpdateItem"]);
    },
  },
  {
    title: "a delete that cannot be recorded is not taken for one that failed",
    run: async (core) => {
      const record = async () => {
        throw new Error("no bucket");
      };
      const { done, table } = start(core, { planned: created, by: deleting, attempt: { record } });
      await assert.rejects(done, { message: "no bucket" });
      assert.deepEqual(table.sent, ["DeleteItem"]);
    },
  },
];
