import type { Approval } from "../answers/records.ts";
import { canonicalKey } from "../items/key.ts";
import type { TrialCandidate } from "../plan/plan-record.ts";
import { readPlanSummary } from "../plan/read-plan.ts";
import type { PlanEntry } from "../repair/plan-entry.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { approvedEntries } from "./approved-entries.ts";
import { readJournal } from "./journal-store.ts";
import { isWriting, type WritingEntry } from "./write-part.ts";

/** The trial's journal and outcomes stand under this part name; the parts leave its items out. */
export const TRIAL_PART = "trial";
const MAX_TRIAL_ITEMS = 10;

/**
 * One item per kind of repair and group, at most ten. The candidates are fixed with the plan and the choice is in the
 * approval, so every run takes the same ones.
 */
export async function trialEntries(
  recovery: Recovery,
  approval: Approval,
  deps: Dependencies,
): Promise<WritingEntry[]> {
  const { recoveryId } = recovery;
  const { candidates } = await readPlanSummary(recoveryId, approval.round, deps);
  const taken = new Map<string, WritingEntry>();
  let open: { readonly part: string; readonly entries: readonly PlanEntry[] } | undefined;
  for (const { part, index } of inOrder(candidates)) {
    if (taken.size >= MAX_TRIAL_ITEMS) break;
    // Candidates of one part stand together, so one part at a time is in memory.
    if (open?.part !== part) open = { part, entries: await approvedEntries(recovery, part, approval, deps) };
    const entry = open.entries[index];
    if (!entry || !isWriting(entry)) continue;
    const kind = `${entry.repair.action} ${entry.group ?? "none"}`;
    if (!taken.has(kind)) taken.set(kind, entry);
  }
  return [...taken.values()];
}

/** The entries of a part without those that the trial took: they have their own journal and outcomes. */
export async function withoutTrial(
  { recoveryId, keySchema }: Recovery,
  planHash: string,
  entries: readonly PlanEntry[],
  deps: Dependencies,
): Promise<PlanEntry[]> {
  const journal = await readJournal({ recoveryId, planHash, part: TRIAL_PART }, deps);
  const taken = new Set(journal.map(({ key }) => canonicalKey(key, keySchema)));
  return entries.filter(({ key }) => !taken.has(canonicalKey(key, keySchema)));
}

function inOrder(candidates: readonly TrialCandidate[]): TrialCandidate[] {
  return [...candidates].sort((a, b) => (a.part === b.part ? a.index - b.index : a.part < b.part ? -1 : 1));
}
