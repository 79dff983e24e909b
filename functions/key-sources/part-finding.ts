import type { Evidence, EvidenceLine } from "../evidence/evidence.ts";
import { decodeItem, type JsonItem } from "../items/item-json.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { encodeImages } from "./key-part.ts";
import type { MergedKey } from "./merge-runs.ts";
import type { PartEntry } from "./part-builder.ts";

/** What became of the keys that were named. */
export interface FindingCounts {
  /** Different keys in all parts. */
  readonly keys: number;
  readonly duplicates: number;
  /** Keys found in the evidence alone: deleted since, so the source could not name them. */
  readonly onlyInEvidence: number;
  /** Keys that the incident did not touch, by the evidence: they are in no part. */
  readonly untouched: number;
}

export const NOTHING_FOUND: FindingCounts = { keys: 0, duplicates: 0, onlyInEvidence: 0, untouched: 0 };

export interface Finding {
  /** Missing: the key is in no part. */
  readonly entry?: PartEntry;
  counted(before: FindingCounts): FindingCounts;
}

const NOT_ASKED_FOR: Finding = { counted: (before) => before };

/** What a merged key is to a recovery: an entry of a part, untouched by the incident, or not asked for. */
export function findingOf(merged: MergedKey, recovery: Recovery, evidence: Evidence): Finding {
  const { ofSource, ofEvidence, lines } = merged;
  const hasSource = recovery.keySource !== "evidence";
  // Lines tell what happened to a key; that somebody asks for it is the source's to say, where there is one.
  if (hasSource && ofSource === 0 && lines.length === ofEvidence) return NOT_ASKED_FOR;
  const duplicates = Math.max(0, ofSource - 1);
  const entry = entryOf(merged, recovery, evidence);
  const isOnlyInEvidence = hasSource && ofSource === 0;
  return {
    ...(entry ? { entry } : {}),
    counted: (before) => ({
      keys: before.keys + (entry ? 1 : 0),
      duplicates: before.duplicates + duplicates,
      onlyInEvidence: before.onlyInEvidence + (isOnlyInEvidence ? 1 : 0),
      untouched: before.untouched + (entry ? 0 : 1),
    }),
  };
}

function entryOf({ key: text, lines }: MergedKey, recovery: Recovery, evidence: Evidence): PartEntry | undefined {
  const key = JSON.parse(text) as JsonItem;
  if (!evidence.combine) return { key, bytes: Buffer.byteLength(text) };
  if (lines.length === 0) return undefined;
  const images = evidence.combine(
    recovery,
    decodeItem(key),
    lines.map((line) => JSON.parse(line) as EvidenceLine),
  );
  if (!images) return undefined;
  const json = encodeImages(images);
  return { key, images: json, bytes: Buffer.byteLength(text) + Buffer.byteLength(JSON.stringify(json)) };
}
