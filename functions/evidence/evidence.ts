/** Where the images come from: one file per kind, found through {@link evidenceOf}. */
import type { Item } from "../items/item.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { restore } from "./restore.ts";

/** What every Start* and Check* answers: a redrive re-enters Check*, so "not-started" leads back to Start*. */
export type Progress = "not-started" | "running" | "ready";

/** One key as the evidence knows it. `null` = known to be absent; a missing `after` = unknown. */
export interface EvidenceImages {
  readonly key: Item;
  readonly before: Item | null;
  readonly after?: Item | null;
}

/**
 * A kind of evidence. One that names the impacted keys itself (an incremental export, a history, a journal) needs no key
 * source: it gets a method of its own for that here, and CollectKeys asks it before it looks for a key source.
 */
export interface Evidence {
  readonly kind: Recovery["evidence"];
  /** Starts what is not started yet and adopts what an earlier try of this recovery started; "not-started" = too early. */
  start(recovery: Recovery, deps: Dependencies): Promise<Progress>;
  /** Looks once, and starts nothing. */
  check(recovery: Recovery, deps: Dependencies): Promise<Progress>;
  /** The images of these keys, in their order; one answer a key, also where nothing was found. */
  readImages(recovery: Recovery, keys: Iterable<Item>, deps: Dependencies): AsyncIterable<EvidenceImages>;
  /** Removes what this recovery made, and nothing else; answers how many tables. Twice is safe. */
  remove(recovery: Recovery, deps: Dependencies): Promise<number>;
}

const kinds: Readonly<Record<Recovery["evidence"], Evidence>> = { restore };

/** The evidence of this recovery. */
export function evidenceOf(recovery: Recovery): Evidence {
  return kinds[recovery.evidence];
}
