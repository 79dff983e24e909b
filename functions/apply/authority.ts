import { lackOfFourEyes } from "../answers/four-eyes.ts";
import { type Approval, approvalRecord } from "../answers/records.ts";
import { assertReadOnlyHolds } from "../read-only/holds.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { NotApproved } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { assertNotSuperseded } from "../runtime/superseded.ts";
import { assertEarlierWritersEnded } from "./earlier-writers.ts";

/** What a writing step may rely on once it has been let through. */
export interface Authority {
  readonly approval: Approval;
  /** Every guard is up and proven: a delete without a version may rely on it. */
  readonly freezeProven: boolean;
}

/** The approval record of exactly this plan and choice; without it nothing is written. */
export async function readAuthority(
  recovery: Recovery,
  { round, planHash }: { readonly round: number; readonly planHash: string },
  deps: Dependencies,
): Promise<Approval> {
  const { recoveryId } = recovery;
  const approval = await deps.recoveries.get<Approval>(recoveryId, approvalRecord(round));
  if (approval?.answer !== "approve" || approval.approvedHash !== planHash)
    throw new NotApproved(
      `Recovery "${recoveryId}" has no approval of plan ${planHash} in round ${round} (${approval ? `it has: ${approval.answer} of ${approval.approvedHash}` : "it has none"}): nothing was written. Approve the plan that it asks about.`,
    );
  const lack = await lackOfFourEyes(recovery, approval, deps);
  if (lack) throw new NotApproved(`${lack} Nothing was written.`);
  return approval;
}

/** Asked by every part before its first write: the execution, the lock, the approval record, and each guard itself, not our record of it. */
export async function assertMayWrite(
  recovery: Recovery,
  plan: { readonly round: number; readonly planHash: string; readonly execution?: string | undefined },
  deps: Dependencies,
): Promise<Authority> {
  assertNotSuperseded(recovery, plan.execution);
  await deps.recoveries.assertLock(recovery.table.tableName, recovery.recoveryId);
  await assertEarlierWritersEnded(recovery, deps);
  const approval = await readAuthority(recovery, plan, deps);
  const { proven } = await assertReadOnlyHolds(recovery, deps);
  return { approval, freezeProven: proven };
}
