import { type EvidenceImages, evidenceOf } from "../evidence/evidence.ts";
import { readLive } from "../evidence/live-items.ts";
import type { Images, Item } from "../items/item.ts";
import { canonicalKey, keyOf } from "../items/key.ts";
import type { PlannedKeys } from "../key-sources/key-part.ts";
import { type PlanEntry, planEntry } from "../repair/plan-entry.ts";
import type { RepairRules } from "../repair/rules.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidInput } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { judge, type Questions } from "./judge.ts";

/** Keys read at once: an item may be 400 KB, and each key has up to three images. */
const KEYS_AT_ONCE = 25;

/** Plans keys a few at a time, so that memory is bounded by that few and not by the part. */
export async function* planKeys(
  part: PlannedKeys,
  rules: RepairRules,
  questions: Questions,
  recovery: Recovery,
  deps: Dependencies,
): AsyncGenerator<PlanEntry> {
  const { keySchema } = recovery;
  for (let start = 0; start < part.keys.length; start += KEYS_AT_ONCE) {
    const keys = part.keys.slice(start, start + KEYS_AT_ONCE);
    const live = new Map<string, Item>();
    for await (const { key, live: item } of readLive(recovery, keys, deps))
      if (item) live.set(canonicalKey(key, keySchema), item);
    for await (const { key, ...evidence } of imagesOf(part, start, keys, recovery, deps)) {
      const images: Images = { ...evidence, live: live.get(canonicalKey(key, keySchema)) ?? null };
      const plain = keyOf(key, keySchema);
      yield planEntry(plain, images, rules, await judge(plain, images, rules, questions));
    }
  }
}

/** From the part itself, where the evidence named its keys; else looked up by key. */
function imagesOf(
  part: PlannedKeys,
  start: number,
  keys: readonly Item[],
  recovery: Recovery,
  deps: Dependencies,
): Iterable<EvidenceImages> | AsyncIterable<EvidenceImages> {
  if (part.images) return part.images.slice(start, start + keys.length);
  const { readImages } = evidenceOf(recovery);
  if (!readImages) throw new InvalidInput(`The images of recovery "${recovery.recoveryId}" can't be looked up by key.`);
  return readImages(recovery, keys, deps);
}
