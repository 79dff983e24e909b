import type { StepInput, StepOutput } from "./contracts.ts";
import { collectSlice } from "./key-sources/collect-slice.ts";
import { evidenceReader } from "./key-sources/evidence-reader.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Reads one slice of the evidence, once it is ready, where it names keys; the machine comes back until it is "ready". */
export async function collectEvidence(
  input: StepInput<"CollectEvidence">,
  deps: Dependencies,
): Promise<StepOutput<"CollectEvidence">> {
  const recovery = await deps.recoveries.load(input.recoveryId);
  const read = evidenceReader(recovery, deps);
  if (!read) return { status: "ready", slice: input.slice, lines: 0 };
  const collected = await collectSlice(recovery, "evidence", input.slice, read, deps);
  return {
    status: collected.status,
    slice: collected.status === "ready" ? input.slice : input.slice + 1,
    lines: collected.keptSoFar,
  };
}

export const handler = step("CollectEvidence", collectEvidence);
