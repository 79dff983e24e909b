import { assertMayWrite } from "./apply/authority.ts";
import { TRIAL_PART, trialEntries } from "./apply/trial.ts";
import { writePart } from "./apply/write-part.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Repairs one item per kind of repair and group, at most ten, before the rest is touched. */
export async function repairTrial(
  { recoveryId, round, planHash, execution }: StepInput<"RepairTrial">,
  deps: Dependencies,
): Promise<StepOutput<"RepairTrial">> {
  const recovery = await deps.recoveries.load(recoveryId);
  const { approval, freezeProven } = await assertMayWrite(recovery, { round, planHash, execution }, deps);
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: "repairing the trial items" });
  const entries = await trialEntries(recovery, approval, deps);
  await writePart(recovery, { planHash, part: TRIAL_PART, freezeProven }, entries, deps);
  return { items: entries.length };
}

export const handler = step("RepairTrial", repairTrial);
