import { readAuthority } from "./apply/authority.ts";
import { addPart, noRepairs } from "./apply/repair-summary.ts";
import { TRIAL_PART } from "./apply/trial.ts";
import type { VerifiedPart } from "./apply/verify-entries.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Adds the verified parts up; demands a result of every part of the plan and of the trial. */
export async function summarizeRepairs(
  { recoveryId, round, planHash }: StepInput<"SummarizeRepairs">,
  deps: Dependencies,
): Promise<StepOutput<"SummarizeRepairs">> {
  const recovery = await deps.recoveries.load(recoveryId);
  await readAuthority(recovery, { round, planHash }, deps);
  const manifest = await deps.artifacts.getJson<{ part: string }[]>(recoveryId, `plan/${round}/parts.json`);
  let summary = noRepairs(planHash);
  for (const part of [TRIAL_PART, ...manifest.map((one) => one.part)])
    summary = addPart(
      summary,
      await deps.artifacts.getJson<VerifiedPart>(recoveryId, `results/${planHash}/verify/${part}.json`),
    );
  await deps.artifacts.putJson(recoveryId, `results/${planHash}/repairs.json`, summary);
  const { outcomes, notWritten, notAsPlanned } = summary;
  return {
    asPlanned: notAsPlanned === 0,
    written: (outcomes["written"] ?? 0) + (outcomes["already"] ?? 0),
    conflicts: (outcomes["conflict"] ?? 0) + (notWritten["conflict"] ?? 0),
  };
}

export const handler = step("SummarizeRepairs", summarizeRepairs);
