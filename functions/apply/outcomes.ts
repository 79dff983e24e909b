import { decodeOutcome, encodeOutcome, type JsonOutcome, type Outcome } from "../repair/outcome.ts";
import type { Dependencies } from "../runtime/dependencies.ts";

interface PartOf {
  readonly recoveryId: string;
  readonly planHash: string;
  readonly part: string;
}

/** Record `attempt#<planHash>#<part>`: how often the part was begun, and which attempts came to their end. */
interface Attempts {
  readonly begun: readonly string[];
  readonly ended: readonly number[];
}

const attemptRecord = ({ planHash, part }: PartOf) => `attempt#${planHash}#${part}`;
const folder = ({ planHash, part }: PartOf) => `results/${planHash}/apply/${part}/`;
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

/** Outcomes that earlier attempts recorded, by canonical key, the oldest first. */
export async function readOutcomes(of: PartOf, deps: Dependencies): Promise<Map<string, Outcome[]>> {
  const outcomes = new Map<string, Outcome[]>();
  for await (const name of deps.artifacts.list(of.recoveryId, folder(of)))
    for (const json of await deps.artifacts.getJson<JsonOutcome[]>(of.recoveryId, name)) {
      const outcome = decodeOutcome(json);
      outcomes.set(outcome.key, [...(outcomes.get(outcome.key) ?? []), outcome]);
    }
  return outcomes;
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
    const name = `${folder(this.#of)}${padded(this.#attempt)}-${padded(this.#next)}.json`;
    this.#next += 1;
    await this.#deps.artifacts.putJson(this.#of.recoveryId, name, outcomes.map(encodeOutcome));
  }
}
