import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Waiting } from "../../functions/answers/records.ts";
import { awaitApproval } from "../../functions/await-approval.ts";
import { RECOVERY_ID, STEP, StepsWorld, WRONG_TOTAL } from "./support/steps-world.ts";

let world: StepsWorld;
let planHash: string;
beforeEach(async () => {
  world = await StepsWorld.start();
  await world.happened([WRONG_TOTAL]);
  ({ planHash } = await world.plan());
});
afterEach(() => world.close());

const ask = (taskToken: string) => awaitApproval({ ...STEP, round: 1, planHash, taskToken }, world.deps);
const waiting = () => world.deps.recoveries.get<Waiting>(RECOVERY_ID, "waiting");

describe("the question for approval", () => {
  test("tells how much is to be repaired, whether the table is frozen, until when, and how to answer", async () => {
    await ask("token");

    const [{ subject, message } = { subject: "", message: "" }] = world.told;
    expect(subject).toBe("Backstitch: the plan for orders waits for approval");
    expect(message).toContain("1 items to repair, 0 conflicts");
    expect(message).toContain("Table orders is not frozen");
    expect(message).toMatch(/Repairing it takes about [\d.]+ to [\d.]+ minutes and USD \d+\.\d\d/);
    expect(message).toContain("Without an answer by 2026-11-21T02:00:00.000Z");
    for (const answer of ["approve", "replan", "reject"]) expect(message).toContain(`"answer":"${answer}"`);
    expect(message).toContain(planHash);
    expect(message).not.toContain("two-way");
  });

  test("of a redriven execution replaces the token, so that an answer wakes the one that waits", async () => {
    await ask("token");
    world.pocket.passSeconds(60);
    await ask("other");

    expect(await waiting()).toMatchObject({ for: "approval", taskToken: "other", planHash, askedAt: world.at });
  });

  test("asked for a round that has no plan is an error", async () => {
    await expect(awaitApproval({ ...STEP, round: 2, planHash, taskToken: "token" }, world.deps)).rejects.toMatchObject({
      name: "MissingResult",
      message: expect.stringContaining("round 2"),
    });
    expect(await waiting()).toBeUndefined();
  });
});

test("a two-way plan says so, and what it takes", async () => {
  const { incidentEnd: _unknown, ...recovery } = await world.recovery();
  await world.deps.recoveries.put(RECOVERY_ID, "recovery", recovery);
  ({ planHash } = await world.plan());

  await ask("token");

  expect(world.told[0]?.message).toContain('"accept": "may-lose-good-writes"');
});

test("a plan that takes differences of counters back says that good ones go too", async () => {
  const { request } = await world.recovery();
  await world.changeRecovery({ request: { ...request, attributes: { delta: ["total"] } } });
  await world.deps.recoveries.put(RECOVERY_ID, "rules#0001", {
    rules: { conflicts: "skip", created: "report", attributes: { delta: ["total"] } },
    now: 0,
  });
  ({ planHash } = await world.plan());

  await ask("token");

  expect(world.told[0]?.message).toContain("Of 1 items a counter's difference is taken back: good increments");
});
