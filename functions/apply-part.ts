import { approvedEntries } from "./apply/approved-entries.ts";
import { assertMayWrite } from "./apply/authority.ts";
import { withoutTrial } from "./apply/trial.ts";
import { writePart } from "./apply/write-part.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { recordingErrors } from "./runtime/record-error.ts";
import { step } from "./runtime/step.ts";

/** Repairs the items of one part, but for those of the trial. Run again it skips what is recorded and converges. */
export async function applyPart(
  { recoveryId, round, planHash, part, execution }: StepInput<"ApplyPart">,
  deps: Dependencies,
): Promise<StepOutput<"ApplyPart">> {
  return recordingErrors("ApplyPart", recoveryId, deps, async () => {
    const recovery = await deps.recoveries.load(recoveryId);
    const { approval, freezeProven } = await assertMayWrite(recovery, { round, planHash, execution }, deps);
    const entries = await approvedEntries(recovery, part, approval, deps);
    await writePart(
      recovery,
      { planHash, part, freezeProven },
      await withoutTrial(recovery, planHash, entries, deps),
      deps,
    );
    return {};
  });
}

export const handler = step("ApplyPart", applyPart);
