import { pMapIterable } from "p-map";
import type { Approval } from "./answers/records.ts";
import { readAuthority } from "./apply/authority.ts";
import { addPart, noRepairs } from "./apply/repair-summary.ts";
import { TRIAL_PART } from "./apply/trial.ts";
import type { VerifiedPart } from "./apply/verify-entries.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import { type PlannedPart, plannedPartRecord } from "./plan/plan-record.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

const AT_ONCE = 16;

/** Adds the verified parts up; demands a result of every part of the plan and of the trial. */
export async function summarizeRepairs(
  { recoveryId, round, planHash }: StepInput<"SummarizeRepairs">,
  deps: Dependencies,
): Promise<StepOutput<"SummarizeRepairs">> {
  const recovery = await deps.recoveries.load(recoveryId);
  const approval = await readAuthority(recovery, { round, planHash }, deps);
  let summary = noRepairs(planHash);
  const results = pMapIterable(
    [TRIAL_PART, ...(await partsOf(recoveryId, approval, deps))],
    (part) => deps.artifacts.getJson<VerifiedPart>(recoveryId, `results/${planHash}/verify/${part}.json`),
    { concurrency: AT_ONCE },
  );
  for await (const result of results) summary = addPart(summary, result);
  await deps.artifacts.putJson(recoveryId, `results/${planHash}/repairs.json`, summary);
  const { outcomes, notWritten, notAsPlanned } = summary;
  return {
    asPlanned: notAsPlanned === 0,
    written: (outcomes.written ?? 0) + (outcomes.already ?? 0),
    conflicts: (outcomes.conflict ?? 0) + (notWritten.conflict ?? 0),
  };
}

/** The parts as the recoveries table has them: a manifest that lost some in S3 must not look like a whole repair. */
async function partsOf(recoveryId: string, { planHash }: Approval, deps: Dependencies): Promise<string[]> {
  const parts: string[] = [];
  for await (const { document } of deps.recoveries.list<PlannedPart>(recoveryId, plannedPartRecord(planHash, "")))
    parts.push(document.part);
  return parts;
}

export const handler = step("SummarizeRepairs", summarizeRepairs);
