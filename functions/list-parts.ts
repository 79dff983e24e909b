import type { StepInput, StepOutput } from "./contracts.ts";
import { collectFromEvidence } from "./key-sources/collect-from-evidence.ts";
import { recordedSlices } from "./key-sources/collect-slice.ts";
import { partName, writeKeyParts } from "./key-sources/key-parts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { MissingResult } from "./runtime/errors.ts";
import { step } from "./runtime/step.ts";

/** Writes the parts and their manifest, whatever the source; no parts = nothing to repair. Again, it writes the same. */
export async function listParts(input: StepInput<"ListParts">, deps: Dependencies): Promise<StepOutput<"ListParts">> {
  const recovery = await deps.recoveries.load(input.recoveryId);
  const { recoveryId } = recovery;
  const slices = await recordedSlices(recoveryId, "source", deps);
  if (slices.at(-1)?.status !== "ready")
    throw new MissingResult(
      `The keys of recovery "${recoveryId}" are not collected to the end (${slices.length} slices were read): call CollectKeys until it answers "ready".`,
    );
  await collectFromEvidence(recovery, deps);
  const record = await writeKeyParts(recovery, deps);
  const manifest = Array.from({ length: record.parts }, (_, index) => ({ part: partName(index) }));
  const { key } = await deps.artifacts.putJson(recoveryId, "parts.json", manifest);
  await deps.recoveries.put(recoveryId, "keys", record);
  return { parts: record.parts, keys: record.keys, manifest: { bucket: deps.artifacts.bucket, key } };
}

export const handler = step("ListParts", listParts);
