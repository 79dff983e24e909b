/**
 * What earlier recoveries of a table put back, by their journals: the damage of a counter that was set to what it had been is
 * gone, and its difference must not be taken off as well. Claims tell that of differences alone; to claim every attribute
 * that is put back would cost a write for each.
 */
import { type Authorship, isOurs } from "../evidence/journal-authorship.ts";
import type { Item } from "../items/item.ts";
import { canonicalKey } from "../items/key.ts";
import { fingerprintOf } from "../key-sources/key-runs.ts";
import { latestPlan } from "../plan/latest-plan.ts";
import { mayHold, type PlannedPart, plannedParts } from "../plan/plan-record.ts";
import { updatedNames } from "../repair/item-state.ts";
import type { JournalEntry } from "../repair/journal.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { journalsOf, readJournal } from "./journal-store.ts";
import { type PartOf, readOutcomes } from "./outcomes.ts";
import { ledgerOf, overlaps, type Window, windowOf } from "./taken.ts";

/** Record `writer#<recoveryId>` of a table's ledger: a recovery that wrote, or may have. */
interface Writer extends Window {
  readonly recoveryId: string;
  readonly undoOf?: string;
}
const WRITERS = "writer#";

/** Before the first write of a part: whoever plans differences later must know whose journals to read. */
export async function noteWriter(recovery: Recovery, deps: Dependencies): Promise<void> {
  const { recoveryId, undoOf } = recovery;
  // What it puts back was there when it planned: an incident without an end is over for it.
  const to = recovery.incidentEnd ?? Math.ceil(deps.now().getTime() / 1000);
  const writer: Writer = { recoveryId, ...windowOf(recovery), to, ...(undoOf === undefined ? {} : { undoOf }) };
  await deps.recoveries.putOnce(ledgerOf(recovery), `${WRITERS}${recoveryId}`, writer);
}

/** What one recovery did to an item. */
interface EarlierRepair {
  readonly authorship: Authorship;
  /** Attributes that it set to what they had been, or removed. */
  readonly putBack: readonly string[];
}

/** Answers, by key, which attributes an earlier recovery of an overlapping incident has put back, or may have. */
export class EarlierRepairs {
  readonly #recovery: Recovery;
  readonly #deps: Dependencies;
  #writers: Promise<readonly Journals[]> | undefined;

  constructor(recovery: Recovery, deps: Dependencies) {
    this.#recovery = recovery;
    this.#deps = deps;
  }

  async putBack(key: Item, attributes: readonly string[]): Promise<string[]> {
    if (attributes.length === 0) return [];
    this.#writers ??= this.#findWriters();
    const writers = await this.#writers;
    const names = new Set<string>();
    for (const one of writers) {
      const { recoveryId, undoOf } = one.writer;
      const isOfIncident = undoOf === undefined && overlaps(one.writer, windowOf(this.#recovery));
      if (recoveryId === this.#recovery.recoveryId || !isOfIncident) continue;
      const repair = await one.repairOf(key);
      const shared = attributes.filter((name) => repair?.putBack.includes(name));
      if (shared.length > 0 && (await mayStand(one, key, writers))) for (const name of shared) names.add(name);
    }
    return [...names];
  }

  async #findWriters(): Promise<readonly Journals[]> {
    const found: Journals[] = [];
    for await (const { document } of this.#deps.recoveries.list<Writer>(ledgerOf(this.#recovery), WRITERS))
      found.push(new Journals(document, this.#recovery, this.#deps));
    return found;
  }
}

/** A repair stands until an undo has surely taken it back, and nothing has taken back that. */
async function mayStand(one: Journals, key: Item, writers: readonly Journals[]): Promise<boolean> {
  const repair = await one.repairOf(key);
  if (!repair || repair.authorship === "no") return false;
  for (const undo of undosOf(one, writers)) {
    if ((await undo.repairOf(key))?.authorship !== "yes") continue;
    const stand = await Promise.all(undosOf(undo, writers).map((again) => mayStand(again, key, writers)));
    if (!stand.includes(true)) return false;
  }
  return true;
}

function undosOf({ writer }: Journals, writers: readonly Journals[]): Journals[] {
  return writers.filter((other) => other.writer.undoOf === writer.recoveryId);
}

/** A part that was written, and the range of its keys where that is known. */
interface JournalPart extends PartOf {
  readonly keys?: NonNullable<PlannedPart["keys"]>;
}

/** The journals of one recovery, by key. Keys are asked for in the order of their fingerprints: few parts are held at once. */
class Journals {
  readonly writer: Writer;
  readonly #recovery: Recovery;
  readonly #deps: Dependencies;
  #parts: Promise<readonly JournalPart[]> | undefined;
  #open = new Map<JournalPart, Promise<ReadonlyMap<string, EarlierRepair>>>();

  constructor(writer: Writer, recovery: Recovery, deps: Dependencies) {
    this.writer = writer;
    this.#recovery = recovery;
    this.#deps = deps;
  }

  async repairOf(key: Item): Promise<EarlierRepair | undefined> {
    const { keySchema } = this.#recovery;
    this.#parts ??= this.#findParts();
    const fingerprint = fingerprintOf(key, keySchema);
    const parts = (await this.#parts).filter((part) => mayHold(part, fingerprint));
    this.#open = new Map(parts.map((part) => [part, this.#open.get(part) ?? this.#read(part)]));
    const id = canonicalKey(key, keySchema);
    for (const repairs of await Promise.all(this.#open.values())) {
      const repair = repairs.get(id);
      if (repair) return repair;
    }
    return undefined;
  }

  async #findParts(): Promise<readonly JournalPart[]> {
    const { recoveryId } = this.writer;
    const ranges = new Map<string, PlannedPart["keys"]>();
    // An approval with a choice has a hash of its own, and the parts of the plan that it chose from.
    const plan = await latestPlan(recoveryId, this.#deps);
    if (plan)
      for await (const { document } of this.#deps.recoveries.list<PlannedPart>(recoveryId, plannedParts(plan.planHash)))
        ranges.set(document.part, document.keys);
    const parts: JournalPart[] = [];
    for await (const { record: _record, ...part } of journalsOf(recoveryId, this.#deps)) {
      const keys = ranges.get(part.part);
      parts.push({ ...part, ...(keys ? { keys } : {}) });
    }
    return parts;
  }

  async #read(part: JournalPart): Promise<ReadonlyMap<string, EarlierRepair>> {
    const { keySchema } = this.#recovery;
    const outcomes = await readOutcomes(part, this.#deps);
    const entries = await readJournal(part, this.#deps);
    return new Map(
      entries.map((entry) => {
        const id = canonicalKey(entry.key, keySchema);
        return [id, { authorship: isOurs(outcomes.get(id) ?? []), putBack: namesPutBack(entry) }];
      }),
    );
  }
}

/** Differences and computed values have claims. */
function namesPutBack({ repair }: JournalEntry): readonly string[] {
  if (repair.action === "put") return Object.keys(repair.item);
  if (repair.action !== "update") return [];
  const computed = new Set(repair.computed);
  return updatedNames(repair).filter((name) => !computed.has(name));
}
