import type { Dependencies } from "../runtime/dependencies.ts";
import { TransientFailure } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { collectSlice, recordedSlices, SLICE_BUDGET, type SliceBudget } from "./collect-slice.ts";
import { keySourceOf } from "./key-source.ts";

/** Leaves a third of the function's 900 s to the slice that is being read then, and to the merge. */
export const EVIDENCE_READING_MS = 600_000;

/**
 * Collects the keys that only the evidence knows, where the key source needs that. Slice by slice, each of them recorded:
 * when there is no time left the step is tried again and goes on from there.
 */
export async function collectFromEvidence(
  recovery: Recovery,
  deps: Dependencies,
  budget: SliceBudget = SLICE_BUDGET,
): Promise<void> {
  const { recoveryId } = recovery;
  const readEvidence = keySourceOf(recovery)?.readEvidence;
  if (!readEvidence) return;
  const until = deps.now().getTime() + EVIDENCE_READING_MS;
  const earlier = await recordedSlices(recoveryId, "evidence", deps);
  if (earlier.at(-1)?.status === "ready") return;
  for (let slice = earlier.length; ; slice++) {
    const read = (from: Parameters<typeof readEvidence>[1]) => readEvidence(recovery, from, deps);
    const collected = await collectSlice(recovery, "evidence", slice, read, deps, budget);
    if (collected.status === "ready") return;
    if (deps.now().getTime() >= until)
      throw new TransientFailure(
        `${collected.keptSoFar} keys of recovery "${recoveryId}" are read from its evidence, and there are more: the step is tried again and goes on from there.`,
      );
  }
}
