import type { StepInput, StepOutput } from "./contracts.ts";
import { collectSlice } from "./key-sources/collect-slice.ts";
import { keySourceOf } from "./key-sources/key-source.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Collects one slice of the impacted keys; the machine comes back with the next slice until it is "ready". */
export async function collectKeys(
  input: StepInput<"CollectKeys">,
  deps: Dependencies,
): Promise<StepOutput<"CollectKeys">> {
  const recovery = await deps.recoveries.load(input.recoveryId);
  const source = keySourceOf(recovery);
  if (!source) return { status: "ready", slice: input.slice, keys: 0 };
  const collected = await collectSlice(
    recovery,
    "source",
    input.slice,
    (cursor) => source.read(recovery, cursor, deps),
    deps,
  );
  return {
    status: collected.status,
    slice: collected.status === "ready" ? input.slice : input.slice + 1,
    keys: collected.keptSoFar,
  };
}

export const handler = step("CollectKeys", collectKeys);
