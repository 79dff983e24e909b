import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerRecovery } from "../../../functions/answer-recovery.ts";
import { STARTED_BY } from "../../../functions/answers/four-eyes.ts";
import { type Approval, approvalRecord } from "../../../functions/answers/records.ts";
import { repairTrial } from "../../../functions/repair-trial.ts";
import { RECOVERY_ID, STEP, StepsWorld, WRONG_TOTAL } from "../support/steps-world.ts";

let world: StepsWorld;
let planHash: string;

beforeEach(async () => {
  world = await StepsWorld.start();
  const { table } = await world.recovery();
  await world.changeRecovery({ table: { ...table, fourEyes: true } });
  await world.happened([WRONG_TOTAL]);
  ({ planHash } = await world.plan());
  await world.ask(planHash);
});

afterEach(() => world.close());

const startedBy = (by: string) => world.deps.recoveries.put(RECOVERY_ID, STARTED_BY, { by, at: world.at });
const approve = (said: string, caller?: { by: string }) =>
  answerRecovery({ recoveryId: RECOVERY_ID, answer: "approve", planHash, by: said }, world.deps, caller);
const recorded = () => world.deps.recoveries.get<Approval>(RECOVERY_ID, approvalRecord(1));
const refused = (message: string) => ({ name: "InvalidAnswer", message: expect.stringContaining(message) as string });

describe("where a table takes four eyes, an approval", () => {
  test("counts from somebody else than who started, where both are known", async () => {
    await startedBy("ann");
    await approve("whoever the payload says", { by: "bob" });

    expect(await recorded()).toMatchObject({ by: "bob", verified: true });
  });

  test("by who started it is refused, and nothing is recorded", async () => {
    await startedBy("ann");
    await expect(approve("bob", { by: "ann" })).rejects.toMatchObject(refused('"ann" started recovery'));

    expect(await recorded()).toBeUndefined();
  });

  test("in a payload, by whomever it says, is refused", async () => {
    await startedBy("ann");
    await expect(approve("bob")).rejects.toMatchObject(refused('nobody knows that it is "bob"'));

    expect(await recorded()).toBeUndefined();
  });

  test("of a recovery that nobody knows who started is refused", async () => {
    await expect(approve("bob", { by: "bob" })).rejects.toMatchObject(refused("nobody knows who started"));

    expect(await recorded()).toBeUndefined();
  });

  test("written past all that into the records lets nothing be written", async () => {
    await startedBy("ann");
    const forged = { answer: "approve", round: 1, planHash, approvedHash: planHash, by: "bob", at: world.at };
    await world.deps.recoveries.put(RECOVERY_ID, approvalRecord(1), forged);

    await expect(repairTrial({ ...STEP, round: 1, planHash }, world.deps)).rejects.toMatchObject({
      name: "NotApproved",
      message: expect.stringContaining("Nothing was written") as string,
    });
    expect(await world.live(1)).toEqual({ total: "9" });
  });
});
