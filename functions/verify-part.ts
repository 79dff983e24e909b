import { approvedEntries } from "./apply/approved-entries.ts";
import { readAuthority } from "./apply/authority.ts";
import { readOutcomes } from "./apply/outcomes.ts";
import { wasFrozen } from "./apply/recorded-freeze.ts";
import { withoutTrial } from "./apply/trial.ts";
import { verifyEntries } from "./apply/verify-entries.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { recordingErrors } from "./runtime/record-error.ts";
import { step } from "./runtime/step.ts";

/** Reads the items of one part again, compares each with what was meant, and lists what is left to a person. */
export async function verifyPart(
  { recoveryId, round, planHash, part }: StepInput<"VerifyPart">,
  deps: Dependencies,
): Promise<StepOutput<"VerifyPart">> {
  return recordingErrors("VerifyPart", recoveryId, deps, async () => {
    const recovery = await deps.recoveries.load(recoveryId);
    const approval = await readAuthority(recovery, { round, planHash }, deps);
    const entries = await withoutTrial(recovery, planHash, await approvedEntries(recovery, part, approval, deps), deps);
    const outcomes = await readOutcomes({ recoveryId, planHash, part }, deps);
    const proven = await wasFrozen(recovery, deps);
    const verified = await verifyEntries(recovery, part, entries, outcomes, proven, deps);
    await deps.artifacts.putJson(recoveryId, `results/${planHash}/verify/${part}.json`, verified);
    return {};
  });
}

export const handler = step("VerifyPart", verifyPart);
