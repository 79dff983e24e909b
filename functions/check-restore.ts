import type { StepInput, StepOutput } from "./contracts.ts";
import { evidenceOf } from "./evidence/evidence.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Looks once at the restores; "not-started" when one is missing, so that StartRestore takes it up again. */
export async function checkRestore(
  input: StepInput<"CheckRestore">,
  deps: Dependencies,
): Promise<StepOutput<"CheckRestore">> {
  const recovery = await deps.recoveries.load(input.recoveryId);
  return { status: await evidenceOf(recovery).check(recovery, deps) };
}

export const handler = step("CheckRestore", checkRestore);
