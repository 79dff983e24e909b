import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { approvedEntries } from "../../../functions/apply/approved-entries.ts";
import { keepJournal, readJournal } from "../../../functions/apply/journal-store.ts";
import type { PlanEntry } from "../../../functions/repair/plan-entry.ts";
import { GHOST, itemAt, keyAt, named, RECOVERY_ID, StepsWorld, WRONG_TOTAL } from "../support/steps-world.ts";

let world: StepsWorld;
let entries: readonly PlanEntry[];
beforeEach(async () => {
  world = await StepsWorld.start();
  await world.happened([WRONG_TOTAL, GHOST, WRONG_TOTAL]);
  entries = await approvedEntries(await world.recovery(), "00001-0", await world.approved(), world.deps);
});
afterEach(() => world.close());

const of = { recoveryId: RECOVERY_ID, planHash: "h", part: "00001-0" };
const objectName = `recoveries/${RECOVERY_ID}/journal/h/00001-0.json`;

describe("the journal of a part", () => {
  test("holds what is to be written and what was there, and nothing of what is left alone", async () => {
    await keepJournal(of, entries, world.deps);

    const journal = await readJournal(of, world.deps);

    expect(journal.map(({ key }) => key)).toEqual([keyAt(1), keyAt(3)]);
    expect(journal[0]).toMatchObject({ image: itemAt(1, { total: 9 }), repair: { action: "update" } });
  });

  test("is written once: a rerun keeps it, and goes on", async () => {
    await keepJournal(of, entries, world.deps);
    const first = world.pocket.s3.text(objectName);
    await keepJournal(of, entries, world.deps);

    expect(world.pocket.s3.text(objectName)).toBe(first);
  });

  test("whose step was killed between record and object is written by the rerun", async () => {
    world.beforeS3 = () => {
      throw named("SlowDown");
    };
    await expect(keepJournal(of, entries, world.deps)).rejects.toThrow();
    world.beforeS3 = () => {};

    await keepJournal(of, entries, world.deps);

    expect(await readJournal(of, world.deps)).toHaveLength(2);
  });

  test("of another plan under the same name is refused", async () => {
    await keepJournal(of, entries, world.deps);

    await expect(keepJournal(of, entries.slice(0, 1), world.deps)).rejects.toMatchObject({ name: "JournalMismatch" });
  });

  test("that somebody changed is refused, for the rerun and for whoever reads it", async () => {
    await keepJournal(of, entries, world.deps);
    world.pocket.s3.put(objectName, world.pocket.s3.text(objectName).replace('"9"', '"8"'));

    await expect(keepJournal(of, entries, world.deps)).rejects.toMatchObject({ name: "JournalMismatch" });
    await expect(readJournal(of, world.deps)).rejects.toMatchObject({
      name: "JournalMismatch",
      message: expect.stringContaining(objectName),
    });
  });

  test("that was put where a part has none yet is refused", async () => {
    world.pocket.s3.put(objectName, "{}");

    await expect(keepJournal(of, entries, world.deps)).rejects.toMatchObject({ name: "JournalMismatch" });
  });

  test("of a part without one is empty", async () => {
    expect(await readJournal(of, world.deps)).toEqual([]);
  });
});
