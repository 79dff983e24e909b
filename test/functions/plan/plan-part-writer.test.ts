import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Images } from "../../../functions/items/item.ts";
import { PlanPartWriter } from "../../../functions/plan/plan-part-writer.ts";
import type { PlanPartResult } from "../../../functions/plan/plan-record.ts";
import { repairRules } from "../../../functions/plan/round-rules.ts";
import { type JsonPlanEntry, planEntry } from "../../../functions/repair/plan-entry.ts";
import type { RepairRules } from "../../../functions/repair/rules.ts";
import { itemAt, keyAt, RECOVERY_ID, StepsWorld } from "../support/steps-world.ts";

let world: StepsWorld;
let rules: RepairRules;
beforeEach(async () => {
  world = await StepsWorld.start();
  rules = repairRules(await world.recovery(), { rules: { conflicts: "skip", created: "report" }, now: 0 });
});
afterEach(() => world.close());

const MiB = 1024 * 1024;
const reverted = (sortKey: number, padding = ""): Images => {
  const after = itemAt(sortKey, { total: 9, padding });
  return { before: itemAt(sortKey, { total: 1, padding }), after, live: after };
};

async function write(images: readonly Images[], by: RepairRules = rules): Promise<PlanPartResult> {
  const writer = new PlanPartWriter(await world.recovery(), { round: 1, part: "00001", rules: by }, world.deps);
  for (const [index, one] of images.entries()) await writer.add(planEntry(keyAt(index + 1), one, by));
  return writer.finish();
}

const objectOf = (part: string) => world.pocket.s3.text(`recoveries/${RECOVERY_ID}/plan/1/${part}.json`);
const entriesOf = (part: string) => (JSON.parse(objectOf(part)) as { entries: JsonPlanEntry[] }).entries;

describe("a part of a plan", () => {
  test("has at most 500 entries; what is more goes into another one", async () => {
    const { parts, counts } = await write(Array.from({ length: 501 }, (_, index) => reverted(index + 1)));

    expect(parts.map(({ part, entries }) => [part, entries])).toEqual([
      ["00001-0", 500],
      ["00001-1", 1],
    ]);
    expect(counts).toMatchObject({ items: 501, actions: { update: 501 } });
  });

  test("has at most 4 MiB, however big the items are; an item of 390 KB fits", async () => {
    const { parts } = await write(Array.from({ length: 12 }, (_, index) => reverted(index + 1, "x".repeat(390_000))));

    expect(parts.length).toBeGreaterThan(1);
    expect(parts.reduce((sum, { entries }) => sum + entries, 0)).toBe(12);
    for (const { part } of parts) expect(Buffer.byteLength(objectOf(part))).toBeLessThanOrEqual(4 * MiB);
  });

  test("an entry bigger than a part is a part of its own", async () => {
    // A control character takes six bytes of JSON.
    const { parts } = await write([reverted(1), reverted(2, "\u0001".repeat(390_000)), reverted(3)]);

    expect(parts.map(({ entries }) => entries)).toEqual([1, 1, 1]);
  });

  test("is the same whoever plans it, and pinned by hash and version", async () => {
    const images = Array.from({ length: 20 }, (_, index) => reverted(index + 1));
    const [one, two] = [await write(images), await write(images)];

    expect(two.parts.map(({ sha256 }) => sha256)).toEqual(one.parts.map(({ sha256 }) => sha256));
    expect(one.parts[0]?.versionId).toBe("v1");
  });

  test("leaves out what stays as it is under any choice, and counts it", async () => {
    const good = itemAt(1, { total: 1 });
    const { parts, counts } = await write([{ before: good, after: good, live: good }]);

    expect(parts).toEqual([]);
    expect(counts.actions).toEqual({ unchanged: 1 });
  });

  test("keeps what another choice of groups could still repair", async () => {
    const groups = [{ kind: "updated", attributes: ["currency", "total"], revert: ["total"] }] as const;
    // Somebody has set the total right; the currency is lost still, and the rules of this round don't ask for it.
    const { parts, counts } = await write(
      [
        {
          before: itemAt(1, { total: 1, currency: "EUR" }),
          after: itemAt(1, { total: 9 }),
          live: itemAt(1, { total: 1 }),
        },
      ],
      { ...rules, groups },
    );

    expect(counts.actions).toEqual({ unchanged: 1 });
    expect(parts).toHaveLength(1);
  });
});

describe("candidates for the trial", () => {
  test("are a few of each group, each found again by part and index", async () => {
    const { candidates } = await write([
      ...Array.from({ length: 502 }, (_, index) => reverted(index + 1)),
      { before: itemAt(503, { total: 1 }), after: null, live: null },
    ]);

    const kinds = candidates.map(({ kind }) => kind);
    expect(kinds).toEqual(["updated", "updated", "updated", "deleted"]);
    for (const { part, index, group } of candidates) expect(entriesOf(part)[index]?.group).toBe(group);
  });

  test("are none that no choice could repair: a conflict in front does not leave its group without a trial", async () => {
    const writtenSince = (sortKey: number): Images => ({
      ...reverted(sortKey),
      live: itemAt(sortKey, { total: 5, padding: "" }),
    });
    const { candidates } = await write([writtenSince(1), writtenSince(2), writtenSince(3), reverted(4)]);

    expect(candidates.map(({ index }) => index)).toEqual([3]);
  });

  test("are also items that only a choice at approval will repair", async () => {
    const { candidates, counts } = await write([reverted(1)], { ...rules, selection: "none" });

    expect(counts.actions).toEqual({ conflict: 1 });
    expect(candidates).toHaveLength(1);
  });
});

test("deletes that a choice could bring, and that no version makes safe, are counted by group", async () => {
  const ghost = (sortKey: number, version?: number): Images => {
    const after = itemAt(sortKey, { ghost: 1, ...(version === undefined ? {} : { version }) });
    return { before: null, after, live: after };
  };
  const images = [ghost(1, 1), ghost(2), ghost(3)];

  const counted = async (by: RepairRules) => Object.values((await write(images, by)).deletesThatNeedFreeze);

  expect(await counted(rules)).toEqual([3]);
  expect(await counted({ ...rules, versionAttribute: "version" })).toEqual([2]);
});
