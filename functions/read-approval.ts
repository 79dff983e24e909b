import { type Approval, approvalRecord } from "./answers/records.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Reads the record that is the authority. Woken without one for exactly this plan, the machine asks again. */
export async function readApproval(
  { recoveryId, round, planHash }: StepInput<"ReadApproval">,
  deps: Dependencies,
): Promise<StepOutput<"ReadApproval">> {
  const approval = await deps.recoveries.get<Approval>(recoveryId, approvalRecord(round));
  if (!approval || approval.planHash !== planHash) return { answer: "none", approvedHash: "none" };
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: `answered: ${approval.answer} by ${approval.by}` });
  return { answer: approval.answer, approvedHash: approval.approvedHash };
}

export const handler = step("ReadApproval", readApproval);
