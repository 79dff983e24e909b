import { checkSameJournal, type JournalEntry, journalText, parseJournal } from "../repair/journal.ts";
import type { PlanEntry } from "../repair/plan-entry.ts";
import { sha256 } from "../runtime/artifacts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { JournalMismatch } from "../runtime/errors.ts";

interface JournalOf {
  readonly recoveryId: string;
  readonly planHash: string;
  readonly part: string;
}

const journalName = ({ planHash, part }: JournalOf) => `journal/${planHash}/${part}.json`;
/** What the names of the records of all journals begin with. */
const JOURNALS = "journal#";
const journalRecord = ({ planHash, part }: JournalOf) => `${JOURNALS}${planHash}#${part}`;

/** Before the first write of a part: its journal, written once. A rerun must want to write the very same. */
export async function keepJournal(of: JournalOf, entries: readonly PlanEntry[], deps: Dependencies): Promise<void> {
  const mine = journalText(entries, of);
  const isFirst = await deps.recoveries.putOnce(of.recoveryId, journalRecord(of), { sha256: sha256(mine) });
  if (!isFirst) {
    const kept = await deps.recoveries.get<{ sha256: string }>(of.recoveryId, journalRecord(of));
    if (kept?.sha256 !== sha256(mine)) throw new JournalMismatch(mismatch(of, deps));
  }
  const written = await deps.artifacts.putTextOnce(of.recoveryId, journalName(of), mine, "application/json");
  if (!written) {
    const stored = await deps.artifacts.getText(deps.artifacts.key(of.recoveryId, journalName(of)));
    checkSameJournal(stored, mine, of);
  }
}

/** The entries of a part's journal; none where the part has none. The hash in the recoveries table must agree. */
export async function readJournal(of: JournalOf, deps: Dependencies): Promise<readonly JournalEntry[]> {
  const kept = await deps.recoveries.get<{ sha256: string }>(of.recoveryId, journalRecord(of));
  if (!kept) return [];
  const text = await deps.artifacts.getText(deps.artifacts.key(of.recoveryId, journalName(of)));
  if (sha256(text) !== kept.sha256) throw new JournalMismatch(mismatch(of, deps));
  return parseJournal(text).entries;
}

/** Every part of every plan that a recovery began to write, in the order of its records. */
export async function* journalsOf(
  recoveryId: string,
  { recoveries }: Dependencies,
): AsyncGenerator<JournalOf & { readonly record: string }> {
  for await (const { record } of recoveries.list(recoveryId, JOURNALS)) {
    const [, planHash = "", part = ""] = record.split("#");
    yield { recoveryId, planHash, part, record };
  }
}

function mismatch(of: JournalOf, deps: Dependencies): string {
  return `The journal s3://${deps.artifacts.bucket}/${deps.artifacts.key(of.recoveryId, journalName(of))} is not the one recorded for part ${of.part} of plan ${of.planHash}: nothing more was written. Start a new recovery, which plans from the table as it is.`;
}
