/** Evidence from an earlier recovery, turned round: what it wrote is the incident, and what it found is the last good state. */
import { journalsOf, readJournal } from "../apply/journal-store.ts";
import { readOutcomes } from "../apply/outcomes.ts";
import { decodeImage, encodeImage, type JsonItem } from "../items/item-json.ts";
import { canonicalKey } from "../items/key.ts";
import type { Cursor } from "../key-sources/key-source.ts";
import { imageAfter, type JournalEntry } from "../repair/journal.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidInput } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Evidence, EvidenceLine, FoundLine } from "./evidence.ts";
import { isOurs } from "./journal-authorship.ts";

interface JournalLine extends EvidenceLine {
  readonly before: JsonItem | null;
  readonly after: JsonItem | null;
  /** When the outcome was recorded, ISO 8601; empty where none was. */
  readonly at: string;
  readonly maybeNotOurs?: true;
}

interface JournalCursor extends Cursor {
  readonly record: string;
  /** How many entries of that journal were read. */
  readonly read: number;
}

/** One line for every item that the earlier recovery wrote, or may have written. */
async function* collect(
  recovery: Recovery,
  from: Cursor | undefined,
  deps: Dependencies,
): AsyncGenerator<FoundLine, void, undefined> {
  const earlier = recovery.undoOf;
  if (earlier === undefined)
    throw new InvalidInput(`Recovery "${recovery.recoveryId}" has journals for evidence, but takes back no recovery.`);
  const cursor = from as JournalCursor | undefined;
  for await (const { record, ...of } of journalsOf(earlier, deps)) {
    if (cursor && record < cursor.record) continue;
    const outcomes = await readOutcomes(of, deps);
    const entries = await readJournal(of, deps);
    const start = cursor?.record === record ? cursor.read : 0;
    for (const [index, entry] of entries.entries()) {
      if (index < start) continue;
      const line = lineOf(entry, outcomes.get(canonicalKey(entry.key, recovery.keySchema)) ?? []);
      const resumeAt: JournalCursor = { record, read: index + 1 };
      yield line ? { key: entry.key, line, resumeAt } : { resumeAt };
    }
  }
}

function lineOf(entry: JournalEntry, outcomes: Parameters<typeof isOurs>[0]): JournalLine | undefined {
  const ours = isOurs(outcomes);
  if (ours === "no") return undefined;
  return {
    before: encodeImage(entry.image),
    after: encodeImage(imageAfter(entry)),
    at: outcomes.at(-1)?.at ?? "",
    ...(ours === "maybe" ? { maybeNotOurs: true } : {}),
  };
}

/** A key stands in one journal of a recovery; should it ever stand in several, the first and the last one count. */
function combine(_recovery: Recovery, key: JournalEntry["key"], lines: readonly EvidenceLine[]) {
  const inOrder = (lines as readonly JournalLine[]).toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const [first, last] = [inOrder[0], inOrder.at(-1)];
  if (!first || !last) return undefined;
  return {
    key,
    before: decodeImage(first.before),
    after: decodeImage(last.after),
    ...(inOrder.some(({ maybeNotOurs }) => maybeNotOurs) ? { maybeNotOurs: true } : {}),
  };
}

export const journal: Evidence = {
  kind: "journal",
  start: async () => "ready",
  check: async () => "ready",
  collect,
  combine,
  remove: async () => 0,
};
