import type { Dependencies } from "../runtime/dependencies.ts";
import { MissingResult } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { type CollectedSlice, comparedSegment, comparedSlices, recordedSlices } from "./collect-slice.ts";
import { recordedSegments } from "./compare/segments.ts";
import { evidenceReader } from "./evidence-reader.ts";
import { keySourceOf } from "./key-source.ts";

/** Everything that a recovery needs of keys and evidence is read to its end: less would be a smaller repair in silence. */
export async function assertCollected(recovery: Recovery, deps: Dependencies): Promise<void> {
  const { recoveryId, keySource } = recovery;
  if (keySourceOf(recovery))
    assertEnded("keys", "CollectKeys", recovery, await recordedSlices(recoveryId, "source", deps));
  if (evidenceReader(recovery, deps))
    assertEnded("evidence", "CollectEvidence", recovery, await recordedSlices(recoveryId, "evidence", deps));
  if (keySource !== "compare") return;
  const compared = await comparedSlices(recoveryId, deps);
  const segments = (await recordedSegments(recoveryId, deps)) ?? 0;
  // A segment of which nothing is recorded was not begun: it must be missed by its number.
  if (segments === 0) assertEnded("compared tables", "CompareTables", recovery, []);
  for (let segment = 0; segment < segments; segment += 1)
    assertEnded(
      `keys of segment ${segment} of the compared tables`,
      "CompareTables",
      recovery,
      compared.get(`keys-${comparedSegment(segment)}`) ?? [],
    );
}

function assertEnded(what: string, state: string, { recoveryId }: Recovery, slices: readonly CollectedSlice[]): void {
  if (slices.at(-1)?.status === "ready") return;
  throw new MissingResult(
    `The ${what} of recovery "${recoveryId}" are not collected to the end (${slices.length} slices were read): call ${state} until it answers "ready".`,
  );
}
