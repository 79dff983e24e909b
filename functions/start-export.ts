import type { StepInput, StepOutput } from "./contracts.ts";
import { evidenceOf } from "./evidence/evidence.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Asks for the exports that are due, or adopts those of an earlier try; "not-started" while it is too early for one. */
export async function startExport(
  input: StepInput<"StartExport">,
  deps: Dependencies,
): Promise<StepOutput<"StartExport">> {
  const recovery = await deps.recoveries.load(input.recoveryId);
  return { status: await evidenceOf(recovery).start(recovery, deps) };
}

export const handler = step("StartExport", startExport);
