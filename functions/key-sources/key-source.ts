/** Where the impacted keys come from: one file per source, found through {@link keySourceOf}. */
import type { Item } from "../items/item.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidInput } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { audit } from "./audit.ts";
import { list } from "./list.ts";
import { logs } from "./logs.ts";
import { partition } from "./partition.ts";
import { s3 } from "./s3.ts";
import { timestamp } from "./timestamp.ts";

/** Where a source goes on in the next slice: plain JSON that only the source itself understands. */
export type Cursor = Readonly<Record<string, unknown>>;

/** One step forward in a source. No key = nothing found on this stretch, but the source got further. */
export interface FoundKey {
  readonly key?: Item;
  /** Reading from here gives what comes after this key. */
  readonly resumeAt: Cursor;
}

/**
 * A source streams its keys, each with the place to go on from; whoever reads stops when the slice is full. It neither
 * filters nor de-duplicates nor bounds itself: that is done once for all sources. What it can't read it refuses with
 * InvalidKeys: nothing is guessed, nothing skipped in silence.
 */
export interface KeySource {
  readonly kind: Recovery["keySource"];
  read(recovery: Recovery, from: Cursor | undefined, deps: Dependencies): AsyncIterable<FoundKey>;
  /**
   * Keys that only the evidence knows, for a source that looks into the live table: what the incident deleted is not
   * there any more. Read by ListParts, once the evidence is ready.
   */
  readEvidence?(recovery: Recovery, from: Cursor | undefined, deps: Dependencies): AsyncIterable<FoundKey>;
  /** What this source can't see, in a few words for the report. */
  blindSpot?(recovery: Recovery): string;
}

const sources: Partial<Readonly<Record<Recovery["keySource"], KeySource>>> = {
  audit,
  list,
  s3,
  partition,
  logs,
  timestamp,
};

/** The key source of this recovery; undefined where the evidence names the keys itself. */
export function keySourceOf(recovery: Recovery): KeySource | undefined {
  if (recovery.keySource === "evidence" || recovery.keySource === "compare") return undefined;
  const source = sources[recovery.keySource];
  if (!source)
    throw new InvalidInput(`Recovery "${recovery.recoveryId}" has no key source of kind ${recovery.keySource}.`);
  return source;
}
