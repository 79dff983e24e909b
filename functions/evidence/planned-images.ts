import type { Item } from "../items/item.ts";
import { canonicalKey, type KeySchema } from "../items/key.ts";
import { fingerprintOf } from "../key-sources/key-runs.ts";
import { latestPlan } from "../plan/latest-plan.ts";
import { mayHold, type PlannedPart, plannedParts } from "../plan/plan-record.ts";
import { decodePlanEntry, type JsonPlanEntry } from "../repair/plan-entry.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { EvidenceImages } from "./evidence.ts";

/**
 * The images of these keys that a recovery's last plan was made from, by canonical key; those that the plan does not hold
 * are missing. Parts know the range of their keys, so that only those are read that may hold one.
 */
export async function plannedImages(
  recoveryId: string,
  keys: Iterable<Item>,
  keySchema: KeySchema,
  deps: Dependencies,
): Promise<Map<string, EvidenceImages>> {
  const wanted = new Map([...keys].map((key) => [canonicalKey(key, keySchema), fingerprintOf(key, keySchema)]));
  const found = new Map<string, EvidenceImages>();
  const plan = await latestPlan(recoveryId, deps);
  if (!plan) return found;
  for await (const { document } of deps.recoveries.list<PlannedPart>(recoveryId, plannedParts(plan.planHash))) {
    if (![...wanted.values()].some((fingerprint) => mayHold(document, fingerprint))) continue;
    const { of, part } = document;
    const { entries } = await deps.artifacts.getPinned<{ readonly entries: readonly JsonPlanEntry[] }>(
      of?.recoveryId ?? recoveryId,
      `plan/${of?.round ?? plan.round}/${part}.json`,
      document,
    );
    for (const { key, images } of entries.map(decodePlanEntry)) {
      const id = canonicalKey(key, keySchema);
      const { live: _asItWasThen, ...evidence } = images;
      if (wanted.has(id)) found.set(id, { key, ...evidence });
    }
  }
  return found;
}
