import { evidenceOf } from "../evidence/evidence.ts";
import { readLive } from "../evidence/live-items.ts";
import type { Item } from "../items/item.ts";
import { canonicalKey, keyOf } from "../items/key.ts";
import { type PlanEntry, planEntry } from "../repair/plan-entry.ts";
import type { RepairRules } from "../repair/rules.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidInput } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** Keys read at once: an item may be 400 KB, and each key has up to three images. */
const KEYS_AT_ONCE = 25;

/** Plans keys a few at a time, so that memory is bounded by that few and not by the part. */
export async function* planKeys(
  keys: readonly Item[],
  rules: RepairRules,
  recovery: Recovery,
  deps: Dependencies,
): AsyncGenerator<PlanEntry> {
  const { readImages } = evidenceOf(recovery);
  if (!readImages) throw new InvalidInput(`The images of recovery "${recovery.recoveryId}" can't be looked up by key.`);
  for (let start = 0; start < keys.length; start += KEYS_AT_ONCE) {
    const chunk = keys.slice(start, start + KEYS_AT_ONCE);
    const live = new Map<string, Item>();
    for await (const { key, live: item } of readLive(recovery, chunk, deps))
      if (item) live.set(canonicalKey(key, recovery.keySchema), item);
    for await (const { key, before, after } of readImages(recovery, chunk, deps)) {
      const images = { before, live: live.get(canonicalKey(key, recovery.keySchema)) ?? null };
      yield planEntry(keyOf(key, recovery.keySchema), after === undefined ? images : { ...images, after }, rules);
    }
  }
}
