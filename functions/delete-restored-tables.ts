import type { StepInput, StepOutput } from "./contracts.ts";
import { evidenceOf } from "./evidence/evidence.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";
import { assertNotSuperseded } from "./runtime/superseded.ts";

/** Deletes the tables that this recovery restored, and nothing else. */
export async function deleteRestoredTables(
  input: StepInput<"DeleteRestoredTables">,
  deps: Dependencies,
): Promise<StepOutput<"DeleteRestoredTables">> {
  const recovery = await deps.recoveries.load(input.recoveryId);
  assertNotSuperseded(recovery, input.execution);
  return { deleted: await evidenceOf(recovery).remove(recovery, deps) };
}

export const handler = step("DeleteRestoredTables", deleteRestoredTables);
