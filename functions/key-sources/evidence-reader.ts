import { evidenceOf, type FoundLine } from "../evidence/evidence.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { type Cursor, keySourceOf } from "./key-source.ts";

/** Reads on in the evidence from a cursor. */
export type ReadEvidence = (from: Cursor | undefined) => AsyncIterable<FoundLine>;

/**
 * How the evidence is read from end to end; undefined where nobody needs that. Either it names keys itself, or a key
 * source that looks into the live table asks it for the keys that are not there any more.
 */
export function evidenceReader(recovery: Recovery, deps: Dependencies): ReadEvidence | undefined {
  const evidence = evidenceOf(recovery);
  const { collect } = evidence;
  if (collect) return (from) => collect(recovery, from, deps);
  const readEvidence = evidence.kind === "restore" ? keySourceOf(recovery)?.readEvidence : undefined;
  return readEvidence && ((from) => readEvidence(recovery, from, deps));
}
