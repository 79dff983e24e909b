import assert from "node:assert/strict";
import { itemEquals } from "../../../../functions/items/equality.ts";
import type { Images, Item } from "../../../../functions/items/item.ts";
import type { Attempt } from "../../../../functions/repair/apply-repair.ts";
import type { Outcome } from "../../../../functions/repair/outcome.ts";
import { isWrite } from "../../../../functions/repair/repair.ts";
import type { RepairRules } from "../../../../functions/repair/rules.ts";
import { ConditionalTable, type Fault } from "./conditional-table.ts";
import type { Core } from "./core.ts";
import { images, item, KEY, NOW, type Plain, rules } from "./items.ts";
import { attemptOf, contextOf, Recorder } from "./writing.ts";

/** What must hold of the writer in one course of events; `run` throws when it does not. */
export interface WriterStory {
  readonly title: string;
  readonly run: (core: Core) => Promise<void>;
}

const versioned = rules({ versionAttribute: "v", created: "delete" });
const deleting = rules({ created: "delete" });

const damaged = images({ a: 1 }, { a: 2 }, { a: 2 });
const damagedVersioned = images({ a: 1, v: 1 }, { a: 2, v: 2 }, { a: 2, v: 2 });
const deleted = images({ a: 1 }, null, null);
const created = images(null, { a: 1 }, { a: 1 });
const createdVersioned = images(null, { a: 1, v: 1 }, { a: 1, v: 1 });

/** A scene: what was planned, what the table holds now, and what goes wrong with each request. */
interface Scene {
  readonly planned: Images;
  readonly by?: RepairRules;
  /** The item as it is when the writer starts; as the plan saw it, if left out. */
  readonly now?: Plain | null;
  readonly attempt?: Partial<Attempt>;
  readonly seconds?: number;
  readonly requests?: (request: number, table: ConditionalTable) => Fault | undefined;
}

interface Played {
  readonly outcome: Outcome;
  readonly table: ConditionalTable;
  readonly recorder: Recorder;
  readonly pauses: readonly number[];
}

async function play(core: Core, scene: Scene): Promise<Played> {
  const { table, recorder, pauses, done } = start(core, scene);
  return { outcome: await done, table, recorder, pauses };
}

function start(core: Core, { planned, by = rules(), now, attempt, seconds = NOW, requests }: Scene) {
  const repair = core.planRepair(planned, by);
  assert.ok(isWrite(repair), `the plan writes nothing: ${JSON.stringify(repair)}`);
  const table = new ConditionalTable(now === undefined ? planned.live : now && item(now));
  if (requests) table.before = (request) => requests(request, table);
  const recorder = new Recorder(table);
  const pauses: number[] = [];
  const context = contextOf(table, {
    now: () => seconds * 1000,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
    },
    ...(by.ttlAttribute === undefined ? {} : { ttlAttribute: by.ttlAttribute }),
  });
  const done = core.applyRepair(KEY, repair, attemptOf({ record: recorder.record, ...attempt }), context);
  return { table, recorder, pauses, done };
}

/** Fields that an outcome must have; others are not looked at. */
type Expected = Readonly<{ outcome: Outcome["outcome"] } & Record<string, unknown>>;

function expect(played: Played, outcome: Expected, then: Plain | null): void {
  const actual = new Map<string, unknown>(Object.entries(played.outcome));
  for (const [field, value] of Object.entries(outcome)) {
    assert.deepEqual(actual.get(field), value, `outcome: ${field}`);
  }
  const wanted = then && item(then);
  assert.ok(itemEquals(played.table.item, wanted), `the table holds ${JSON.stringify(played.table.item)}`);
}

const timeout: Fault = { error: "TimeoutError", effect: "none" };
const unheard: Fault = { error: "TimeoutError", effect: "now" };
const late: Fault = { error: "TimeoutError", effect: "late" };
const throttled: Fault = { error: "ThrottlingException", effect: "none" };

function first(fault: Fault): (request: number) => Fault | undefined {
  return (request) => (request === 1 ? fault : undefined);
}

function earlier(outcome: object): Outcome {
  const attempted = {
    key: '["order-1"]',
    action: "delete",
    attempt: 1,
    at: "2026-11-20T03:00:00.000Z",
    doubtful: false,
  };
  return { ...attempted, ...outcome } as Outcome;
}

const PLAIN_WRITES: readonly WriterStory[] = [
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

const OTHERS_WROTE: readonly WriterStory[] = [
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

const NO_ANSWER: readonly WriterStory[] = [
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

const LATER_ATTEMPTS: readonly WriterStory[] = [
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

const GUARDS: readonly WriterStory[] = [
  {
    title: "every guarded write has a condition, and asks for the item where it fails",
    run: async (core) => {
      for (const [planned, by] of [
        [damaged, rules()],
        [deleted, rules()],
        [created, deleting],
      ] as const) {
        const repair = core.planRepair(planned, by);
        assert.ok(isWrite(repair));
        const target = { table: "orders", key: KEY, keySchema: by.keySchema, pinVersion: false };
        const { input } = core.guardedWrite(repair, target);
        assert.equal(input.ReturnValuesOnConditionCheckFailure, "ALL_OLD");
        assert.match(input.ConditionExpression, /^attribute_(not_)?exists\(#n0\)/);
        assert.equal(input.ExpressionAttributeNames["#n0"], "id");
      }
    },
  },
];

/** What the table may hold after a repair, and what verification must say of it. */
const VERIFIED = [
  [damaged, rules(), { a: 1 }, "as-planned"],
  [damaged, rules(), { a: { N: "1.0" }, b: 5 }, "as-planned"],
  [damaged, rules(), { a: 2 }, "not-repaired"],
  [damaged, rules(), { a: 3 }, "changed-since"],
  [damaged, rules(), null, "changed-since"],
  [images({ a: 1, b: 1 }, { a: 2 }, { a: 2 }), rules(), { a: 1 }, "not-repaired"],
  [images({ a: 1, b: 1 }, { a: 2 }, { a: 2 }), rules(), { a: 1, b: 2 }, "changed-since"],
  [deleted, rules(), { a: 1 }, "as-planned"],
  [images({ a: 1, v: 1 }, null, null), versioned, { a: 1, v: 1_000_009 }, "as-planned"],
  [deleted, rules(), { a: 2 }, "changed-since"],
  [deleted, rules(), null, "not-repaired"],
  [created, deleting, null, "as-planned"],
  [created, deleting, { a: 1 }, "not-repaired"],
  [created, deleting, { a: 1, b: 1 }, "changed-since"],
] as const;

const VERIFICATION: readonly WriterStory[] = VERIFIED.map(([planned, by, now, verdict]) => ({
  title: `${JSON.stringify(now)} is ${verdict} after ${JSON.stringify(planned.before)} was damaged`,
  run: async (core) => {
    const repair = core.planRepair(planned, by);
    assert.ok(isWrite(repair));
    assert.equal(core.verifyRepair(repair, now && item(now)), verdict);
  },
}));

export const WRITER_STORIES: readonly (readonly [string, readonly WriterStory[]])[] = [
  ["carries out what was planned", PLAIN_WRITES],
  ["never loses what somebody wrote after the plan", OTHERS_WROTE],
  ["does not trust a request that was not answered", NO_ANSWER],
  ["goes on where an earlier attempt stopped", LATER_ATTEMPTS],
  ["guards every write", GUARDS],
  ["tells what it meant from what the plan saw and from what somebody wrote since", VERIFICATION],
];
