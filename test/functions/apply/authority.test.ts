import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerRecovery } from "../../../functions/answer-recovery.ts";
import type { Approval } from "../../../functions/answers/records.ts";
import { approvalRecord } from "../../../functions/answers/records.ts";
import { assertMayWrite } from "../../../functions/apply/authority.ts";
import { applyPart } from "../../../functions/apply-part.ts";
import { repairTrial } from "../../../functions/repair-trial.ts";
import { RECOVERY_ID, STEP, StepsWorld, WRONG_TOTAL } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
  await world.happened([WRONG_TOTAL]);
});
afterEach(() => world.close());

/** Both steps that write refuse with this error, and the table is as it was. */
async function expectRefused(planHash: string, name: string): Promise<void> {
  const of = { ...STEP, round: 1, planHash };
  await expect(repairTrial(of, world.deps)).rejects.toMatchObject({ name });
  await expect(applyPart({ ...of, part: "00001-0" }, world.deps)).rejects.toMatchObject({ name });
  expect(await world.live(1)).toEqual({ total: "9" });
}

describe("nothing is written", () => {
  test("without an approval, however the machine was woken", async () => {
    await expectRefused((await world.plan()).planHash, "NotApproved");
  });

  test.each(["reject", "replan"] as const)("after the answer %s", async (answer) => {
    const { planHash } = await world.plan();
    await world.ask(planHash);
    const rules = { conflicts: "skip", created: "report" } as const;
    await answerRecovery(
      { recoveryId: RECOVERY_ID, by: "ann", ...(answer === "replan" ? { answer, rules } : { answer }) },
      world.deps,
    );

    await expectRefused(planHash, "NotApproved");
  });

  test("of another plan or another choice than the approved one", async () => {
    const { planHash } = await world.approved({ groups: [{ kind: "updated", attributes: ["total"] }] });

    await expectRefused(planHash, "NotApproved");
  });

  test("for an approval of another round", async () => {
    const approval = await world.approved();

    await expect(repairTrial({ ...STEP, round: 2, planHash: approval.approvedHash }, world.deps)).rejects.toMatchObject(
      { name: "NotApproved", message: expect.stringContaining("round 2") },
    );
  });

  test("by a recovery that does not hold the table any more", async () => {
    const { approvedHash } = await world.approved();
    await world.deps.recoveries.releaseLock("orders", RECOVERY_ID);

    await expectRefused(approvedHash, "LockLost");
  });

  test("where the freeze that the recovery relies on was never raised", async () => {
    const { approvedHash } = await world.approved();
    await world.changeRecovery({ guards: ["table-policy"] });

    await expectRefused(approvedHash, "ReadOnlyLost");
  });
});

test("lock, approval and freeze together are the authority; without guards the freeze is not proven", async () => {
  const approval = await world.approved();

  const authority = await assertMayWrite(
    await world.recovery(),
    { round: 1, planHash: approval.approvedHash },
    world.deps,
  );

  expect(authority).toEqual({ approval, freezeProven: false });
  expect(await world.deps.recoveries.get<Approval>(RECOVERY_ID, approvalRecord(1))).toEqual(approval);
});
