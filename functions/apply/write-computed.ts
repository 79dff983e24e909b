import { canonicalKey } from "../items/key.ts";
import { isSettled, type Outcome } from "../repair/outcome.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { claim, giveBack, settleUndone } from "./taken.ts";
import type { WritingEntry } from "./write-part.ts";

/**
 * Writes a repair whose values are computed from what the item is now: claimed first, so that no other recovery of the
 * incident computes them again. A claim is given back only where the write surely had no effect.
 */
export async function writeClaimed(
  recovery: Recovery,
  { planHash, number }: { readonly planHash: string; readonly number: number },
  entry: WritingEntry,
  deps: Dependencies,
  write: () => Promise<Outcome>,
): Promise<Outcome> {
  const computed = entry.repair.action === "update" ? (entry.repair.computed ?? []) : [];
  if (computed.length > 0 && !(await claim(recovery, { planHash, number }, entry.key, computed, deps)))
    return {
      outcome: "conflict",
      reason: "already-taken",
      key: canonicalKey(entry.key, recovery.keySchema),
      action: entry.repair.action,
      attempt: number,
      at: deps.now().toISOString(),
      doubtful: false,
    };
  const outcome = await write();
  const isSurelyUndone = outcome.outcome === "written" && !outcome.doubtful;
  if (recovery.undoOf !== undefined && isSurelyUndone) await settleUndone(recovery, entry.key, deps);
  const isSurelyNot = isSettled(outcome) && !["written", "already"].includes(outcome.outcome) && !outcome.doubtful;
  if (computed.length > 0 && isSurelyNot && number === 1) await giveBack(recovery, planHash, entry.key, computed, deps);
  return outcome;
}
