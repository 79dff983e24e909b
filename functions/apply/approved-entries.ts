import type { Approval } from "../answers/records.ts";
import { type PlannedPart, plannedPartRecord } from "../plan/plan-record.ts";
import { repairRules, roundRules } from "../plan/round-rules.ts";
import { decodePlanEntry, type JsonPlanEntry, type PlanEntry, replanEntry } from "../repair/plan-entry.ts";
import type { RepairRules } from "../repair/rules.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { PlanMismatch } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";

/**
 * The entries of a plan part as they were approved: the very object that was planned (by version and hash), planned again
 * from its stored images with the approver's choice where he made one.
 */
export async function approvedEntries(
  recovery: Recovery,
  part: string,
  approval: Approval,
  deps: Dependencies,
): Promise<PlanEntry[]> {
  const entries = await plannedEntries(recovery, part, approval, deps);
  if (!approval.groups && !approval.accept) return entries;
  const rules = await approvedRules(recovery, approval, deps);
  return entries.map((entry) => replanEntry(entry, rules));
}

export async function approvedRules(recovery: Recovery, approval: Approval, deps: Dependencies): Promise<RepairRules> {
  return repairRules(recovery, await roundRules(recovery, approval.round, deps), approval);
}

async function plannedEntries(
  { recoveryId }: Recovery,
  part: string,
  { round, planHash }: Approval,
  deps: Dependencies,
) {
  const planned = await deps.recoveries.get<PlannedPart>(recoveryId, plannedPartRecord(planHash, part));
  if (!planned)
    throw new PlanMismatch(
      `Part ${part} of recovery "${recoveryId}" is not part of the approved plan ${planHash}: nothing was written. Start a new recovery.`,
    );
  const { entries } = await deps.artifacts.getPinned<{ readonly entries: readonly JsonPlanEntry[] }>(
    planned.of?.recoveryId ?? recoveryId,
    `plan/${planned.of?.round ?? round}/${part}.json`,
    planned,
  );
  return entries.map(decodePlanEntry);
}
