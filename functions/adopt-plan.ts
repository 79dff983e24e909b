import { type Approval, approvalRecord } from "./answers/records.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import { copyPlan } from "./plan/copy-plan.ts";
import { latestPlan } from "./plan/latest-plan.ts";
import type { PlanSummary } from "./plan/plan-record.ts";
import { verdictOf } from "./plan/verdict.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { InvalidInput, MissingResult } from "./runtime/errors.ts";
import { step } from "./runtime/step.ts";

/**
 * Goes on from a plan that is there: this recovery's own, where it was resumed, else the stored plan of an earlier one,
 * with the same hash. Guards decide about what moved since.
 */
export async function adoptPlan(
  { recoveryId }: StepInput<"AdoptPlan">,
  deps: Dependencies,
): Promise<StepOutput<"AdoptPlan">> {
  const { artifacts, recoveries } = deps;
  const { planFrom } = await recoveries.load(recoveryId);
  if (!(await latestPlan(recoveryId, deps))) {
    if (planFrom === undefined)
      throw new InvalidInput(`Recovery "${recoveryId}" executes no stored plan: it makes its own.`);
    await copyPlan(planFrom, recoveryId, deps);
  }
  const plan = await latestPlan(recoveryId, deps);
  if (!plan) throw new MissingResult(`Recovery "${recoveryId}" has lost its plan: start a new recovery.`);
  const { round, planHash, writes, conflicts } = plan;
  const summary = await artifacts.getPinned<PlanSummary>(recoveryId, `plan/${round}/plan.json`, plan.summary);
  const approval = await recoveries.get<Approval>(recoveryId, approvalRecord(round));
  const { bucket } = artifacts;
  await recoveries.setStatus(recoveryId, deps.now(), { state: "planned" });
  return {
    verdict: verdictOf(summary),
    planHash,
    round,
    answered: approval?.planHash === planHash,
    manifest: { bucket, key: artifacts.key(recoveryId, `plan/${round}/parts.json`) },
    partsManifest: { bucket, key: artifacts.key(recoveryId, "parts.json") },
    writes,
    conflicts,
  };
}

export const handler = step("AdoptPlan", adoptPlan);
