import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { approvedEntries } from "../../../functions/apply/approved-entries.ts";
import { verifyEntries } from "../../../functions/apply/verify-entries.ts";
import { encodeItem } from "../../../functions/items/item-json.ts";
import type { Outcome } from "../../../functions/repair/outcome.ts";
import { DELETED, GHOST, idAt, itemAt, keyAt, StepsWorld, type Story, WRONG_TOTAL } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

type Verdict = Record<string, unknown> & { readonly outcome: Outcome["outcome"] };

/** Verifies one item after its write came to this outcome and the table holds that. */
async function verified(story: Story, last: Verdict | undefined, live: Story["live"], frozen: boolean) {
  const GROUPS = [
    ...(story.before === null ? [{ kind: "created" as const, attributes: [] }] : []),
    ...(story.before !== null && story.live === null ? [{ kind: "deleted" as const, attributes: [] }] : []),
    ...(story.before !== null && story.live !== null ? [{ kind: "updated" as const, attributes: ["total"] }] : []),
  ];
  await world.happened([story]);
  const recovery = await world.recovery();
  const entries = await approvedEntries(recovery, "00001-0", await world.approved({ groups: GROUPS }), world.deps);
  if (live) await world.pocket.put("orders", itemAt(1, live));
  const id = await idAt(world, 1);
  const outcome = { key: id, action: "update", attempt: 1, at: world.at, doubtful: false, ...last } as Outcome;
  const outcomes = new Map(last ? [[id, [outcome]]] : []);
  return verifyEntries(recovery, "00001-0", entries, outcomes, frozen, world.deps);
}

describe("an item of which a write was meant", () => {
  test.each<[string, Story, Verdict | undefined, Story["live"], string | undefined, boolean, boolean]>([
    // what, story, outcome, live now, left to a person, as planned while frozen, as planned without freeze
    ["written and so", WRONG_TOTAL, { outcome: "written" }, { total: 1 }, undefined, true, true],
    ["already so", WRONG_TOTAL, { outcome: "already" }, { total: 1 }, undefined, true, true],
    ["put back and there", DELETED, { outcome: "written" }, { total: 2 }, undefined, true, true],
    [
      "written, and changed since",
      WRONG_TOTAL,
      { outcome: "written" },
      { total: 7 },
      "not verified: changed-since",
      false,
      true,
    ],
    [
      "written, and as damaged as before",
      WRONG_TOTAL,
      { outcome: "written" },
      { total: 9 },
      "not verified: not-repaired",
      false,
      false,
    ],
    [
      "deleted, and there all the same",
      GHOST,
      { outcome: "written" },
      { ghost: 1 },
      "not verified: not-repaired",
      false,
      false,
    ],
    ["expired meanwhile", DELETED, { outcome: "expired" }, null, undefined, true, true],
    [
      "unwritable",
      WRONG_TOTAL,
      { outcome: "unwritable", message: "too big" },
      { total: 9 },
      "unwritable: too big",
      false,
      false,
    ],
    [
      "in conflict",
      WRONG_TOTAL,
      { outcome: "conflict", reason: "changed-since-plan" },
      { total: 7 },
      "conflict: changed-since-plan",
      false,
      true,
    ],
    [
      "deleted and not put back yet",
      GHOST,
      { outcome: "deleted-unlike-plan", image: {} },
      null,
      "conflict: put-back",
      false,
      false,
    ],
    ["never attempted", WRONG_TOTAL, undefined, { total: 9 }, "not attempted", false, false],
  ])("%s", async (_what, story, last, live, left, whileFrozen, without) => {
    const frozen = await verified(story, last, live, true);
    const key = encodeItem(keyAt(1));
    expect(frozen.notAsPlanned).toBe(whileFrozen ? 0 : 1);
    expect(frozen.left).toEqual(left === undefined ? [] : [{ key, reason: left }]);
    expect(frozen.outcomes).toEqual({ [last?.outcome ?? "missing"]: 1 });

    const recovery = await world.recovery();
    const approval = await world.deps.recoveries.get<{ round: number }>(recovery.recoveryId, "approval#0001");
    const entries = await approvedEntries(recovery, "00001-0", approval as never, world.deps);
    const id = await idAt(world, 1);
    const outcomes = new Map(last ? [[id, [{ key: id, ...last } as unknown as Outcome]]] : []);
    const thawed = await verifyEntries(recovery, "00001-0", entries, outcomes, false, world.deps);
    expect(thawed.notAsPlanned).toBe(without ? 0 : 1);
  });
});

describe("an item of which no write was meant", () => {
  test("in conflict is left to a person, with the attributes it is about", async () => {
    const both: Story = { before: { total: 1 }, after: { total: 9 }, live: { total: 5 } };
    const { left, notAsPlanned, notWritten } = await verified(both, undefined, null, true);

    expect(left).toEqual([{ key: encodeItem(keyAt(1)), reason: "conflict: attributes", attributes: ["total"] }]);
    expect(notAsPlanned).toBe(0);
    expect(notWritten).toEqual({ conflict: 1 });
  });
});

test("what merge leaves of a repaired item is left to a person, by attribute", async () => {
  const { request } = await world.recovery();
  await world.changeRecovery({ request: { ...request, conflicts: "merge" } });
  await world.happened([
    { before: { total: 1, note: "a" }, after: { total: 9, note: "b" }, live: { total: 9, note: "by a customer" } },
    GHOST,
  ]);

  const { summary } = await world.repair(await world.approved());

  expect(await world.live(1)).toEqual({ total: "1", note: "by a customer" });
  expect(summary).toEqual({ asPlanned: true, written: 1, conflicts: 0 });
  const planHash = (await world.deps.recoveries.get<{ approvedHash: string }>("r-1", "approval#0001"))?.approvedHash;
  expect(await world.deps.artifacts.getJson("r-1", `results/${planHash}/repairs.json`)).toMatchObject({
    left: [{ key: encodeItem(keyAt(1)), reason: "conflict: attributes", attributes: ["note"] }],
    leftCount: 1,
    created: [encodeItem(keyAt(2))],
  });
});
