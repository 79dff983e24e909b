import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { beginAttempt, endAttempt, OutcomeLog, readOutcomes } from "../../../functions/apply/outcomes.ts";
import type { Outcome } from "../../../functions/repair/outcome.ts";
import { itemAt, named, RECOVERY_ID, StepsWorld } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

const of = { recoveryId: RECOVERY_ID, planHash: "h", part: "00001-0" };
const outcome = (key: string, attempt: number): Outcome => ({
  key,
  action: "update",
  attempt,
  at: "2026-11-20T03:00:00.000Z",
  doubtful: false,
  outcome: "written",
});
const toPutBack = (key: string): Outcome => ({
  ...outcome(key, 1),
  action: "delete",
  outcome: "deleted-unlike-plan",
  image: itemAt(1, { total: 1 }),
});
const objects = () => world.pocket.s3.keys(`recoveries/${RECOVERY_ID}/results/`);

test("attempts are counted, also when two begin at once, and their ends are written down", async () => {
  const numbers = await Promise.all([beginAttempt(of, world.deps), beginAttempt(of, world.deps)]);
  expect(numbers.sort()).toEqual([1, 2]);
  await endAttempt(of, 2, world.deps);

  expect(await world.deps.recoveries.get(RECOVERY_ID, "attempt#h#00001-0")).toEqual({
    begun: [world.at, world.at],
    ended: [2],
  });
  expect(await beginAttempt({ ...of, part: "00002-0" }, world.deps)).toBe(1);
});

describe("outcomes", () => {
  test("are read by key, the oldest first, over attempts and objects", async () => {
    const second = new OutcomeLog(of, 2, world.deps);
    await second.record([outcome("a", 2)]);
    const first = new OutcomeLog(of, 1, world.deps);
    for (let index = 0; index < 12; index += 1) await first.record([outcome("a", 1), outcome(`b${index}`, 1)]);

    const outcomes = await readOutcomes(of, world.deps);

    expect(outcomes.get("a")?.map(({ attempt }) => attempt)).toEqual([...Array(12).fill(1), 2]);
    expect(outcomes.size).toBe(13);
  });

  test("of another part or plan are none of its", async () => {
    await new OutcomeLog({ ...of, part: "00001-01" }, 1, world.deps).record([outcome("a", 1)]);
    await new OutcomeLog({ ...of, planHash: "h2" }, 1, world.deps).record([outcome("a", 1)]);

    expect(await readOutcomes(of, world.deps)).toEqual(new Map());
  });

  test("that are none make no object", async () => {
    await new OutcomeLog(of, 1, world.deps).record([]);

    expect(objects()).toEqual([]);
  });
});

describe("an image to put back", () => {
  test("comes back as it was", async () => {
    await new OutcomeLog(of, 1, world.deps).record([outcome("b", 1), toPutBack("a")]);

    expect((await readOutcomes(of, world.deps)).get("a")).toEqual([toPutBack("a")]);
  });

  test.each([
    [
      "forged",
      () =>
        world.deps.artifacts.putJson(RECOVERY_ID, "results/h/apply/00001-0/00009-00001.json", [
          { ...toPutBack("a"), image: {} },
        ]),
    ],
    [
      "changed",
      async () => {
        await new OutcomeLog(of, 1, world.deps).record([toPutBack("a")]);
        const [name = ""] = objects();
        world.pocket.s3.put(name, world.pocket.s3.text(name).replace('"1"', '"1000000"'));
      },
    ],
  ])("that was %s in the bucket is refused: a later attempt would write it to the table", async (_what, tamper) => {
    await tamper();

    await expect(readOutcomes(of, world.deps)).rejects.toMatchObject({
      name: "JournalMismatch",
      message: expect.stringContaining("results/h/apply/00001-0/"),
    });
  });

  test("whose object was lost on its way is no outcome, and nothing is in the way of the next attempt", async () => {
    world.beforeS3 = (command) => {
      if (command.constructor.name === "PutObjectCommand") throw named("SlowDown");
    };
    await expect(new OutcomeLog(of, 1, world.deps).record([toPutBack("a")])).rejects.toThrow();

    expect(await readOutcomes(of, world.deps)).toEqual(new Map());
  });
});
