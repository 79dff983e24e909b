import { readAuthority } from "./apply/authority.ts";
import { readOutcomes } from "./apply/outcomes.ts";
import { wasFrozen } from "./apply/recorded-freeze.ts";
import { TRIAL_PART, trialEntries } from "./apply/trial.ts";
import { verifyEntries } from "./apply/verify-entries.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Reads the trial items again: whatever is not as planned is put before a person, not repeated on the rest. */
export async function verifyTrial(
  { recoveryId, round, planHash }: StepInput<"VerifyTrial">,
  deps: Dependencies,
): Promise<StepOutput<"VerifyTrial">> {
  const recovery = await deps.recoveries.load(recoveryId);
  const approval = await readAuthority(recovery, { round, planHash }, deps);
  const entries = await trialEntries(recovery, approval, deps);
  const outcomes = await readOutcomes({ recoveryId, planHash, part: TRIAL_PART }, deps);
  const verified = await verifyEntries(recovery, TRIAL_PART, entries, outcomes, await wasFrozen(recovery, deps), deps);
  await deps.artifacts.putJson(recoveryId, `results/${planHash}/verify/${TRIAL_PART}.json`, verified);
  return { asPlanned: verified.notAsPlanned === 0 };
}

export const handler = step("VerifyTrial", verifyTrial);
