/** Where the images come from: one file per kind, found through {@link evidenceOf}. */
import type { Images, Item } from "../items/item.ts";
import type { Cursor, FoundKey } from "../key-sources/key-source.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidInput } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { incrementalExport } from "./export.ts";
import { journal } from "./journal.ts";
import { none } from "./none.ts";
import { restore } from "./restore.ts";
import { storedPlan } from "./stored-plan.ts";

/** What every Start* and Check* answers: a redrive re-enters Check*, so "not-started" leads back to Start*. */
export type Progress = "not-started" | "running" | "ready";

/** One key as the evidence knows it. `null` = known to be absent; a missing `after` = unknown. */
export interface EvidenceImages extends Omit<Images, "live"> {
  readonly key: Item;
}

/** What the evidence says of one key in one place; plain JSON that only the kind itself understands. */
export type EvidenceLine = Readonly<Record<string, unknown>>;

/** One step forward in evidence that names keys. No key = nothing found on this stretch. */
export interface FoundLine extends FoundKey {
  /** Missing where the evidence names the key alone and its images are looked up. */
  readonly line?: EvidenceLine;
}

/**
 * A kind of evidence. Either its images can be looked up by key (`readImages`), or it is read from end to end once it is
 * ready (`collect`): then it names the impacted keys itself, its lines are merged with the keys of a source, where
 * there is one, and the parts hold the images.
 */
export interface Evidence {
  readonly kind: Recovery["evidence"];
  /** Starts what is not started yet and adopts what an earlier try of this recovery started; "not-started" = too early. */
  start(recovery: Recovery, deps: Dependencies): Promise<Progress>;
  /** Looks once, and starts nothing. */
  check(recovery: Recovery, deps: Dependencies): Promise<Progress>;
  /** The images of these keys, in their order; one answer a key, also where nothing was found. */
  readImages?(recovery: Recovery, keys: Iterable<Item>, deps: Dependencies): AsyncIterable<EvidenceImages>;
  /** All lines, each with the place to go on from; several may be of one key. Read slice by slice by CollectEvidence. */
  collect?(recovery: Recovery, from: Cursor | undefined, deps: Dependencies): AsyncIterable<FoundLine>;
  /** What all lines of one key say together; undefined: the incident did not touch it. */
  combine?(recovery: Recovery, key: Item, lines: readonly EvidenceLine[]): EvidenceImages | undefined;
  /** Removes what this recovery made, and nothing else; answers how many tables. Twice is safe. */
  remove(recovery: Recovery, deps: Dependencies): Promise<number>;
}

const kinds: Partial<Readonly<Record<Recovery["evidence"], Evidence>>> = {
  restore,
  export: incrementalExport,
  journal,
  plan: storedPlan,
  none,
};

/** The evidence of this recovery. */
export function evidenceOf(recovery: Recovery): Evidence {
  const evidence = kinds[recovery.evidence];
  if (!evidence)
    throw new InvalidInput(`Recovery "${recovery.recoveryId}" has no evidence of kind ${recovery.evidence}.`);
  return evidence;
}
