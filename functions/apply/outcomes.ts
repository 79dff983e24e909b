import { pMapIterable } from "p-map";
import { decodeOutcome, encodeOutcome, type JsonOutcome, type Outcome } from "../repair/outcome.ts";
import { sha256, toCanonicalJson } from "../runtime/artifacts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { JournalMismatch } from "../runtime/errors.ts";

/** A part of an approved plan. */
export interface PartOf {
  readonly recoveryId: string;
  readonly planHash: string;
  readonly part: string;
}

/** Record `attempt#<planHash>#<part>`: how often the part was begun, and which attempts came to their end. */
export interface Attempts {
  readonly begun: readonly string[];
  readonly ended: readonly number[];
}

/** What the names of all records of attempts begin with. */
const ATTEMPTS = "attempt#";
const attemptRecord = ({ planHash, part }: PartOf) => `${ATTEMPTS}${planHash}#${part}`;
/** Record of outcomes that a later attempt writes to the table from: an image to put back must be ours. */
const putBackRecord = ({ planHash, part }: PartOf, name: string) => `put-back#${planHash}#${part}#${name}`;
const folder = ({ planHash, part }: PartOf) => `results/${planHash}/apply/${part}/`;
const READ_AT_ONCE = 16;
const padded = (number: number) => String(number).padStart(5, "0");

/** Begins an attempt at a part: its number tells whether writes that nobody recorded may have gone before. */
export async function beginAttempt(of: PartOf, deps: Dependencies): Promise<number> {
  const at = deps.now().toISOString();
  const { begun } = await deps.recoveries.update<Attempts>(of.recoveryId, attemptRecord(of), (before) => ({
    begun: [...(before?.begun ?? []), at],
    ended: before?.ended ?? [],
  }));
  return begun.length;
}

export async function endAttempt(of: PartOf, attempt: number, deps: Dependencies): Promise<void> {
  await deps.recoveries.update<Attempts>(of.recoveryId, attemptRecord(of), (before) => ({
    begun: before?.begun ?? [],
    ended: [...(before?.ended ?? []), attempt],
  }));
}

/** The attempts at every part of a recovery, of all its plans. */
export async function* attemptsOf(recoveryId: string, { recoveries }: Dependencies): AsyncGenerator<Attempts> {
  for await (const { document } of recoveries.list<Attempts>(recoveryId, ATTEMPTS)) yield document;
}

/** Outcomes that earlier attempts recorded, by canonical key, the oldest first. */
export async function readOutcomes(of: PartOf, deps: Dependencies): Promise<Map<string, Outcome[]>> {
  const outcomes = new Map<string, Outcome[]>();
  const names: string[] = [];
  for await (const name of deps.artifacts.list(of.recoveryId, folder(of))) names.push(name);
  const objects = pMapIterable(names, (name) => readObject(of, name, deps), { concurrency: READ_AT_ONCE });
  for await (const object of objects)
    for (const outcome of object) outcomes.set(outcome.key, [...(outcomes.get(outcome.key) ?? []), outcome]);
  return outcomes;
}

async function readObject(of: PartOf, name: string, deps: Dependencies): Promise<Outcome[]> {
  const json = await deps.artifacts.getJson<JsonOutcome[]>(of.recoveryId, name);
  if (json.some(isToPutBack)) {
    const kept = await deps.recoveries.get<{ sha256: string }>(of.recoveryId, putBackRecord(of, name));
    if (kept?.sha256 !== sha256(toCanonicalJson(json)))
      throw new JournalMismatch(
        `The outcomes s3://${deps.artifacts.bucket}/${deps.artifacts.key(of.recoveryId, name)} hold an item to put back, and are not those recorded for part ${of.part} of plan ${of.planHash}: nothing more was written. Find out who changed them and start a new recovery.`,
      );
  }
  return json.map(decodeOutcome);
}

function isToPutBack({ outcome }: Pick<Outcome, "outcome">): boolean {
  return outcome === "deleted-unlike-plan";
}

/** Keeps outcomes of one attempt where a crash does not take them: objects in the order in which they came. */
export class OutcomeLog {
  readonly #of: PartOf;
  readonly #attempt: number;
  readonly #deps: Dependencies;
  #next = 1;

  constructor(of: PartOf, attempt: number, deps: Dependencies) {
    this.#of = of;
    this.#attempt = attempt;
    this.#deps = deps;
  }

  async record(outcomes: readonly Outcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const { artifacts, recoveries } = this.#deps;
    const { recoveryId } = this.#of;
    const name = `${folder(this.#of)}${padded(this.#attempt)}-${padded(this.#next)}.json`;
    this.#next += 1;
    const json = outcomes.map(encodeOutcome);
    // First the hash: an object without it would be refused, and a hash without its object says nothing.
    if (outcomes.some(isToPutBack))
      await recoveries.put(recoveryId, putBackRecord(this.#of, name), { sha256: sha256(toCanonicalJson(json)) });
    await artifacts.putJson(recoveryId, name, json);
  }
}
