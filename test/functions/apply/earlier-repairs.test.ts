import { GetObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EarlierRepairs, noteWriter } from "../../../functions/apply/earlier-repairs.ts";
import { keepJournal } from "../../../functions/apply/journal-store.ts";
import { OutcomeLog } from "../../../functions/apply/outcomes.ts";
import type { Item } from "../../../functions/items/item.ts";
import { canonicalKey } from "../../../functions/items/key.ts";
import type { Outcome } from "../../../functions/repair/outcome.ts";
import type { UpdateRepair, WritingRepair } from "../../../functions/repair/repair.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { keyAt, StepsWorld, WRONG_TOTAL } from "../support/steps-world.ts";

let world: StepsWorld;
let first: Recovery;
beforeEach(async () => {
  world = await StepsWorld.start();
  first = { ...(await world.recovery()), restoreDateTime: 1000, incidentEnd: 2000 };
});
afterEach(() => world.close());

const KEY: Item = { pk: { S: "TENANT#a" }, sk: { N: "1" } };
const OTHER: Item = { pk: { S: "TENANT#a" }, sk: { N: "2" } };
const named = (recoveryId: string, change: Partial<Recovery> = {}): Recovery => ({ ...first, recoveryId, ...change });
const later = (change: Partial<Recovery> = {}) =>
  new EarlierRepairs(named("later", change), world.deps).putBack(KEY, ["points", "visits"]);

const POINTS: UpdateRepair = {
  action: "update",
  set: { points: { N: "10" } },
  remove: [],
  expected: { points: { N: "110" } },
  guard: "attributes",
};

/** A recovery wrote one item, as its journal and its outcomes tell. */
async function wrote(recovery: Recovery, how: Partial<Outcome> = {}, repair: WritingRepair = POINTS, key = KEY) {
  const of = { recoveryId: recovery.recoveryId, planHash: "p", part: "00001-0" };
  await keepJournal(of, [{ key, images: { before: null, live: null }, repair }], world.deps);
  await noteWriter(recovery, world.deps);
  const outcome = {
    ...{ key: canonicalKey(key, recovery.keySchema), action: repair.action, attempt: 1, at: world.at },
    ...{ outcome: "written", doubtful: false, ...how },
  } as Outcome;
  await new OutcomeLog(of, 1, world.deps).record([outcome]);
}

describe("an attribute that an earlier recovery put back", () => {
  test("has no difference to take, in any incident that overlaps", async () => {
    await wrote(named("r-2"));

    expect(await later()).toEqual(["points"]);
    expect(await later({ restoreDateTime: 1999, incidentEnd: 9000 })).toEqual(["points"]);
    expect(await later({ restoreDateTime: 2000, incidentEnd: 9000 })).toEqual([]);
  });

  test("may have been: nobody recorded whether the write took effect", async () => {
    await wrote(named("r-2"), { doubtful: true });
    expect(await later()).toEqual(["points"]);
  });

  test("is another matter where the write was surely refused, or was of another item", async () => {
    await wrote(named("r-2"), { outcome: "conflict", reason: "changed-since-plan" });
    await wrote(named("r-3"), {}, POINTS, OTHER);
    expect(await later()).toEqual([]);
  });

  test("counts as what a claim tells where it was computed", async () => {
    await wrote(named("r-2"), {}, { ...POINTS, computed: ["points"] });
    expect(await later()).toEqual([]);
  });

  test("was put back with its whole item where that had been deleted", async () => {
    await wrote(named("r-2"), {}, { action: "put", item: { ...KEY, points: { N: "10" } } });
    expect(await later()).toEqual(["points"]);
  });

  test("has nothing to do with what happened after a repair of an incident without an end", async () => {
    const { incidentEnd: _unknown, ...endless } = named("r-2");
    await wrote(endless);
    const written = Math.ceil(world.deps.now().getTime() / 1000);

    expect(await later({ restoreDateTime: written - 1, incidentEnd: written + 9000 })).toEqual(["points"]);
    expect(await later({ restoreDateTime: written, incidentEnd: written + 9000 })).toEqual([]);
  });

  test("is damaged again after an undo, and put back again after the undo of that", async () => {
    await wrote(named("r-2"));
    await wrote(named("u-1", { undoOf: "r-2", restoreDateTime: 5000, incidentEnd: 5001 }));
    expect(await later()).toEqual([]);

    await wrote(named("u-2", { undoOf: "u-1", restoreDateTime: 6000, incidentEnd: 6001 }));
    expect(await later()).toEqual(["points"]);
  });

  test("stays put back where the undo is in doubt", async () => {
    await wrote(named("r-2"));
    await wrote(named("u-1", { undoOf: "r-2" }), { doubtful: true });
    expect(await later()).toEqual(["points"]);
  });

  test("is no news to the recovery that wrote it", async () => {
    await wrote(named("later"));
    expect(await later()).toEqual([]);
  });
});

describe("parts of an earlier recovery", () => {
  test("are read once, and only where they may hold a key that is asked for", async () => {
    await world.changeRecovery({ restoreDateTime: 1000, incidentEnd: 2000 });
    await world.happened([WRONG_TOTAL, WRONG_TOTAL, WRONG_TOTAL], 1);
    await world.repair(await world.approved({ groups: [{ kind: "updated", attributes: ["total"] }] }));
    const read: string[] = [];
    world.beforeS3 = (command) => {
      const { Key = "" } = (command as GetObjectCommand).input;
      if (command instanceof GetObjectCommand && Key.includes("/journal/")) read.push(Key.split("/").at(-1) ?? "");
    };
    const earlier = new EarlierRepairs(named("later"), world.deps);

    expect(await earlier.putBack(keyAt(3), ["total"])).toEqual(["total"]);
    expect(await earlier.putBack(keyAt(3), ["total"])).toEqual(["total"]);
    // The trial took an item of some part, so its journal may hold any key.
    expect(read.sort()).toEqual(["00003-0.json", "trial.json"]);
  });
});
