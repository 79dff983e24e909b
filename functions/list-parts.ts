import type { StepInput, StepOutput } from "./contracts.ts";
import { assertCollected } from "./key-sources/assert-collected.ts";
import { partName } from "./key-sources/key-part.ts";
import { writeKeyParts } from "./key-sources/key-parts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Writes the parts and their manifest, whatever the source; no parts = nothing to repair. Again, it writes the same. */
export async function listParts(input: StepInput<"ListParts">, deps: Dependencies): Promise<StepOutput<"ListParts">> {
  const recovery = await deps.recoveries.load(input.recoveryId);
  const { recoveryId } = recovery;
  await assertCollected(recovery, deps);
  const record = await writeKeyParts(recovery, deps);
  const manifest = Array.from({ length: record.parts }, (_, index) => ({ part: partName(index) }));
  const { key } = await deps.artifacts.putJson(recoveryId, "parts.json", manifest);
  await deps.recoveries.put(recoveryId, "keys", record);
  return { parts: record.parts, keys: record.keys, manifest: { bucket: deps.artifacts.bucket, key } };
}

export const handler = step("ListParts", listParts);
