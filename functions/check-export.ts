import type { StepInput, StepOutput } from "./contracts.ts";
import { evidenceOf } from "./evidence/evidence.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Looks once at the exports; "not-started" when one is missing, so that StartExport takes it up again. */
export async function checkExport(
  input: StepInput<"CheckExport">,
  deps: Dependencies,
): Promise<StepOutput<"CheckExport">> {
  const recovery = await deps.recoveries.load(input.recoveryId);
  return { status: await evidenceOf(recovery).check(recovery, deps) };
}

export const handler = step("CheckExport", checkExport);
