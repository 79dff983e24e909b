import { type Decision, decisionRecord, type Waiting } from "./answers/records.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Reads the recorded answer to the question that was asked last; without one the machine asks again. */
export async function readDecision(
  { recoveryId, about }: StepInput<"ReadDecision">,
  deps: Dependencies,
): Promise<StepOutput<"ReadDecision">> {
  const waiting = await deps.recoveries.get<Waiting>(recoveryId, "waiting");
  if (!waiting || waiting.about !== about) return { answer: "none" };
  const decision = await deps.recoveries.get<Decision>(recoveryId, decisionRecord({ askedAt: waiting.askedAt, about }));
  if (!decision) return { answer: "none" };
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: `decided: ${decision.answer} by ${decision.by}` });
  return { answer: decision.answer };
}

export const handler = step("ReadDecision", readDecision);
