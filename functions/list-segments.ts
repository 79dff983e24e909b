import type { StepInput, StepOutput } from "./contracts.ts";
import { decideSegments } from "./key-sources/compare/segments.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

/** Writes the manifest of segments in which two tables are compared. Again, it writes the same. */
export async function listSegments(
  input: StepInput<"ListSegments">,
  deps: Dependencies,
): Promise<StepOutput<"ListSegments">> {
  const recovery = await deps.recoveries.load(input.recoveryId);
  const segments = await decideSegments(recovery, deps);
  const manifest = Array.from({ length: segments }, (_, segment) => ({ segment }));
  const { key } = await deps.artifacts.putJson(recovery.recoveryId, "segments.json", manifest);
  return { segments, manifest: { bucket: deps.artifacts.bucket, key } };
}

export const handler = step("ListSegments", listSegments);
