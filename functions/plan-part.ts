import type { StepInput, StepOutput } from "./contracts.ts";
import { readKeyPart } from "./key-sources/key-part.ts";
import { planKeys } from "./plan/plan-keys.ts";
import { PlanPartWriter } from "./plan/plan-part-writer.ts";
import { type PlanPartResult, planResultRecord } from "./plan/plan-record.ts";
import { questionsOf } from "./plan/questions.ts";
import { repairRules, roundRules } from "./plan/round-rules.ts";
import { pinOf } from "./runtime/artifacts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { recordingErrors } from "./runtime/record-error.ts";
import { step } from "./runtime/step.ts";

/** Plans the keys of one part: reads what they were, what the incident left and what they are, and writes the plan down. */
export async function planPart(
  { recoveryId, round, part }: StepInput<"PlanPart">,
  deps: Dependencies,
): Promise<StepOutput<"PlanPart">> {
  return recordingErrors("PlanPart", recoveryId, deps, async () => {
    const recovery = await deps.recoveries.load(recoveryId);
    const ofRound = await roundRules(recovery, round, deps);
    const rules = repairRules(recovery, ofRound);
    const questions = await questionsOf(recovery, ofRound.rules, deps);
    const keys = await readKeyPart(recoveryId, part, deps);
    const writer = new PlanPartWriter(recovery, { round, part, rules }, deps);
    for await (const entry of planKeys(keys, rules, questions, recovery, deps)) await writer.add(entry);
    const result: PlanPartResult = await writer.finish();
    const stored = await deps.artifacts.putJson(recoveryId, `results/plan/${round}/${part}.json`, result);
    await deps.recoveries.put(recoveryId, planResultRecord(round, part), pinOf(stored));
    return {};
  });
}

export const handler = step("PlanPart", planPart);
