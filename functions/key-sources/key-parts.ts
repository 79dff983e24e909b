import { evidenceOf } from "../evidence/evidence.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { TransientFailure } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { type CollectedSlice, comparedSlices, recordedSlices } from "./collect-slice.ts";
import { keepKeyPart, partName } from "./key-part.ts";
import { blockBytesOf, readRun } from "./key-runs.ts";
import { keySourceOf } from "./key-source.ts";
import { RunMerger } from "./merge-runs.ts";
import { PartBuilder } from "./part-builder.ts";
import { type FindingCounts, findingOf, NOTHING_FOUND } from "./part-finding.ts";

/** The record `keys` of the recoveries table. collected = keys + duplicates + outsideTenants + untouched. */
export interface KeysRecord extends FindingCounts {
  readonly source: Recovery["keySource"];
  /** Keys as often as they were named, and those that the evidence alone named. */
  readonly collected: number;
  readonly outsideTenants: number;
  readonly parts: number;
  /** What this source can't see, in a few words for the report. */
  readonly blindSpot?: string;
}

/** Leaves a quarter of the function's ten minutes to what is being written then. */
export const LISTING_MS = 420_000;
/** Keys between two looks at the clock. */
const CLOCK_EVERY = 1024;
const PARTS_AT_ONCE = 8;

/** Record `keys-listing`: how far an earlier try came; the next one begins with the part after it. */
interface Listing {
  readonly parts: number;
  readonly counts: FindingCounts;
  /** Byte of each run to go on from; `null`: it is read to its end. */
  readonly positions: readonly (number | null)[];
}
const LISTING = "keys-listing";

/**
 * Merges all that was collected into parts of different keys. The same runs always give the same parts, also over several
 * tries: when there is no time left the step is tried again and goes on from there.
 */
export async function writeKeyParts(
  recovery: Recovery,
  deps: Dependencies,
  milliseconds = LISTING_MS,
): Promise<KeysRecord> {
  const { recoveryId } = recovery;
  const until = deps.now().getTime() + milliseconds;
  const { source, evidence } = await collectedSlices(recovery, deps);
  const earlier = await deps.recoveries.get<Listing>(recoveryId, LISTING);
  const merger = await openRuns(source, evidence, earlier, deps);
  const evidenceKind = evidenceOf(recovery);
  let counts = earlier?.counts ?? NOTHING_FOUND;
  let parts = earlier?.parts ?? 0;
  let part = new PartBuilder();
  /** Where to begin again with the part that is being filled. */
  let begin: Listing | undefined;
  const writing = new Set<Promise<void>>();

  const close = async () => {
    const name = partName(parts);
    const written = keepKeyPart(recoveryId, name, part.part(), deps).finally(() => writing.delete(written));
    // Awaited below; until then a failure must not count as one that nobody handles.
    written.catch(() => undefined);
    writing.add(written);
    parts += 1;
    part = new PartBuilder();
    begin = undefined;
    if (writing.size >= PARTS_AT_ONCE) await Promise.race(writing);
  };
  for (let steps = 1; ; steps += 1) {
    const merged = await merger.next();
    if (!merged) break;
    const finding = findingOf(merged, recovery, evidenceKind);
    if (finding.entry) {
      if (!part.hasRoomFor(finding.entry)) await close();
      begin ??= { parts, counts, positions: merger.positionsBeforeLast() };
      part.add(finding.entry);
    }
    const before = counts;
    counts = finding.counted(counts);
    if (steps % CLOCK_EVERY !== 0 || deps.now().getTime() < until) continue;
    const listing = begin ?? { parts, counts: before, positions: merger.positionsBeforeLast() };
    await Promise.all(writing);
    await deps.recoveries.put(recoveryId, LISTING, listing);
    throw new TransientFailure(
      `${listing.counts.keys} keys of recovery "${recoveryId}" stand in ${listing.parts} parts, and there are more: the step is tried again and goes on from there.`,
    );
  }
  if (part.keys > 0) await close();
  await Promise.all(writing);
  const outsideTenants = (recovery.keySource === "evidence" ? evidence : source).reduce(
    (sum, slice) => sum + slice.outsideTenants,
    0,
  );
  const collected = counts.keys + counts.duplicates + counts.untouched + outsideTenants;
  const blindSpot = keySourceOf(recovery)?.blindSpot?.(recovery);
  return {
    source: recovery.keySource,
    collected,
    outsideTenants,
    ...counts,
    parts,
    ...(blindSpot === undefined ? {} : { blindSpot }),
  };
}

async function collectedSlices({ recoveryId }: Recovery, deps: Dependencies) {
  const source = await recordedSlices(recoveryId, "source", deps);
  const compared = await comparedSlices(recoveryId, deps);
  return {
    source: [...source, ...[...compared.values()].flat()],
    evidence: await recordedSlices(recoveryId, "evidence", deps),
  };
}

async function openRuns(
  source: readonly CollectedSlice[],
  evidence: readonly CollectedSlice[],
  earlier: Listing | undefined,
  deps: Dependencies,
): Promise<RunMerger> {
  const runsOf = (slices: readonly CollectedSlice[]) => slices.flatMap(({ run }) => (run ? [run] : []));
  const [ofSource, ofEvidence] = [runsOf(source), runsOf(evidence)];
  const runs = [...ofSource, ...ofEvidence];
  const blockBytes = blockBytesOf(runs.length);
  const opened = runs.map((run, index) => {
    const position = earlier?.positions[index];
    return readRun(run, deps, { from: position === null ? run.bytes : (position ?? 0), blockBytes });
  });
  return RunMerger.open(opened, ofSource.length);
}
