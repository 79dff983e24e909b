import type { FoundLine } from "../evidence/evidence.ts";
import type { Item } from "../items/item.ts";
import { tenantOf } from "../read-only/tenant-scope.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidInput } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { type KeyRun, runLine, writeRun } from "./key-runs.ts";
import type { Cursor } from "./key-source.ts";

/** What one slice may do at most; whatever comes first ends it. */
export interface SliceBudget {
  readonly keys: number;
  /** Of keys, and of what the evidence says of them, in memory. */
  readonly bytes: number;
  readonly milliseconds: number;
}

export const SLICE_BUDGET: SliceBudget = { keys: 50_000, bytes: 32 * 1024 * 1024, milliseconds: 60_000 };

/** Keys between two looks at the clock. */
const CLOCK_EVERY = 256;

/** What a slice did, in the recoveries table: the next one goes on from it, and a retry answers with it. */
export interface CollectedSlice {
  readonly status: "running" | "ready";
  /** Where the next slice goes on; missing when nothing was read at all. */
  readonly resumeAt?: Cursor;
  /** Missing when it kept no key. */
  readonly run?: KeyRun;
  /** Of this slice alone, repeated keys included. */
  readonly kept: number;
  readonly outsideTenants: number;
  /** Kept by all slices up to this one. */
  readonly keptSoFar: number;
}

/**
 * `source`: what the key source names; `evidence`: what the evidence names; `compare#…`: one segment of two compared
 * tables, see {@link comparedSegment}.
 */
export type CollectedFrom = "source" | "evidence" | `compare#${string}`;

/** One segment of the key source `compare`: its slices are read one after the other, those of others beside them. */
export function comparedSegment(segment: number): CollectedFrom {
  return `compare#${String(segment).padStart(5, "0")}`;
}

function recordPrefix(from: CollectedFrom): string {
  return `keys-${from}#`;
}

/** What was collected so far, slice by slice. */
export async function recordedSlices(
  recoveryId: string,
  from: CollectedFrom,
  deps: Dependencies,
): Promise<CollectedSlice[]> {
  const slices: CollectedSlice[] = [];
  for await (const { document } of deps.recoveries.list<CollectedSlice>(recoveryId, recordPrefix(from)))
    slices.push(document);
  return slices;
}

/** The slices of every compared segment, by segment. */
export async function comparedSlices(
  recoveryId: string,
  { recoveries }: Dependencies,
): Promise<Map<string, CollectedSlice[]>> {
  const segments = new Map<string, CollectedSlice[]>();
  for await (const { record, document } of recoveries.list<CollectedSlice>(recoveryId, "keys-compare#")) {
    const segment = record.slice(0, record.lastIndexOf("#"));
    const slices = segments.get(segment) ?? [];
    slices.push(document);
    segments.set(segment, slices);
  }
  return segments;
}

/**
 * Reads one slice of a source into one sorted run. The first attempt that records a slice wins: whoever comes later, also
 * a zombie beside a retry, answers with what is recorded.
 */
export async function collectSlice(
  recovery: Recovery,
  from: CollectedFrom,
  slice: number,
  read: (from: Cursor | undefined) => AsyncIterable<FoundLine>,
  deps: Dependencies,
  budget: SliceBudget = SLICE_BUDGET,
): Promise<CollectedSlice> {
  const { recoveryId } = recovery;
  const record = (number: number) => `${recordPrefix(from)}${String(number).padStart(6, "0")}`;
  const recorded = await deps.recoveries.get<CollectedSlice>(recoveryId, record(slice));
  if (recorded) return recorded;
  const previous = slice > 0 ? await deps.recoveries.get<CollectedSlice>(recoveryId, record(slice - 1)) : undefined;
  if (slice > 0 && !previous)
    throw new InvalidInput(
      `Slice ${slice} of recovery "${recoveryId}" was asked for before slice ${slice - 1} was read.`,
    );
  if (previous?.status === "ready") return { ...previous, kept: 0, outsideTenants: 0 };

  const { lines, ...progress } = await fillSlice(recovery, read(previous?.resumeAt), deps, budget);
  const resumeAt = progress.resumeAt ?? previous?.resumeAt;
  const collected: CollectedSlice = {
    status: progress.status,
    ...(resumeAt ? { resumeAt } : {}),
    ...(lines.length > 0 ? { run: await writeRun(recoveryId, `collected/${runName(from, slice)}`, lines, deps) } : {}),
    kept: lines.length,
    outsideTenants: progress.outsideTenants,
    keptSoFar: (previous?.keptSoFar ?? 0) + lines.length,
  };
  if (await deps.recoveries.putOnce(recoveryId, record(slice), collected)) return collected;
  return (await deps.recoveries.get<CollectedSlice>(recoveryId, record(slice))) ?? collected;
}

function runName(from: CollectedFrom, slice: number): string {
  return `${from.replace("#", "-")}-${String(slice).padStart(6, "0")}`;
}

async function fillSlice(recovery: Recovery, found: AsyncIterable<FoundLine>, deps: Dependencies, budget: SliceBudget) {
  const until = deps.now().getTime() + budget.milliseconds;
  const lines: string[] = [];
  let [steps, bytes, outsideTenants] = [0, 0, 0];
  let resumeAt: Cursor | undefined;
  for await (const step of found) {
    resumeAt = step.resumeAt;
    if (step.key) {
      if (isOutsideTenants(step.key, recovery)) outsideTenants++;
      else {
        const line = runLine(step.key, recovery.keySchema, step.line);
        lines.push(line);
        bytes += line.length;
      }
    }
    // A step without a key may have been a whole page of a table.
    const looksAtClock = ++steps % CLOCK_EVERY === 0 || !step.key;
    const outOfTime = looksAtClock && deps.now().getTime() >= until;
    if (steps >= budget.keys || bytes >= budget.bytes || outOfTime)
      return { status: "running" as const, lines, outsideTenants, resumeAt };
  }
  return { status: "ready" as const, lines, outsideTenants, resumeAt };
}

/** `tenants` only narrows: it never adds a key. */
function isOutsideTenants(key: Item, recovery: Recovery): boolean {
  const { tenants } = recovery.request;
  if (!tenants) return false;
  const tenant = tenantOf(recovery.table, recovery.keySchema, key);
  return tenant === undefined || !tenants.includes(tenant);
}
