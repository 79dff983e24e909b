import type { StepInput, StepOutput } from "./contracts.ts";
import { collectSlice, comparedSegment } from "./key-sources/collect-slice.ts";
import { readSegment } from "./key-sources/compare/read-segment.ts";
import { recordedSegments } from "./key-sources/compare/segments.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { InvalidInput } from "./runtime/errors.ts";
import { recordingErrors } from "./runtime/record-error.ts";
import { step } from "./runtime/step.ts";

/** Compares one slice of a segment of two tables; the machine comes back with the next slice until it is "ready". */
export async function compareSegment(
  input: StepInput<"CompareSegment">,
  deps: Dependencies,
): Promise<StepOutput<"CompareSegment">> {
  return recordingErrors("CompareSegment", input.recoveryId, deps, () => compareSlice(input, deps));
}

async function compareSlice(
  { recoveryId, segment, slice }: StepInput<"CompareSegment">,
  deps: Dependencies,
): Promise<StepOutput<"CompareSegment">> {
  const recovery = await deps.recoveries.load(recoveryId);
  const segments = (await recordedSegments(recoveryId, deps)) ?? 0;
  if (segment >= segments)
    throw new InvalidInput(
      `Segment ${segment} of recovery "${recoveryId}" was asked for, and ListSegments made ${segments}.`,
    );
  const collected = await collectSlice(
    recovery,
    comparedSegment(segment),
    slice,
    (cursor) => readSegment(recovery, { segment, segments }, cursor, deps),
    deps,
  );
  return {
    status: collected.status,
    slice: collected.status === "ready" ? slice : slice + 1,
    keys: collected.keptSoFar,
  };
}

export const handler = step("CompareSegment", compareSegment);
