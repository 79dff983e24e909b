/**
 * The images that an earlier recovery's plan was made from: what it left open is decided later without tables or exports,
 * which may be gone by then.
 */
import type { Item } from "../items/item.ts";
import { canonicalKey } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { MissingResult } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Evidence, EvidenceImages } from "./evidence.ts";
import { plannedImages } from "./planned-images.ts";

async function* readImages(
  { recoveryId, evidenceFrom = recoveryId, keySchema }: Recovery,
  keys: Iterable<Item>,
  deps: Dependencies,
): AsyncGenerator<EvidenceImages, void, undefined> {
  const wanted = [...keys];
  const images = await plannedImages(evidenceFrom, wanted, keySchema, deps);
  for (const key of wanted) {
    const found = images.get(canonicalKey(key, keySchema));
    // Preflight found all of them.
    if (!found)
      throw new MissingResult(
        `The plan of recovery "${evidenceFrom}" holds an item no more that recovery "${recoveryId}" decides about: start a new recovery that makes its own evidence.`,
      );
    yield found;
  }
}

export const storedPlan: Evidence = {
  kind: "plan",
  start: async () => "ready",
  check: async () => "ready",
  readImages,
  remove: async () => 0,
};
