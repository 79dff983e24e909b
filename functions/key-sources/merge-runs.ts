import pMap from "p-map";
import type { RunEntry } from "./key-runs.ts";

/** Runs opened at once: each begins with a request to S3. */
const OPENED_AT_ONCE = 16;

interface Head {
  readonly entry: RunEntry;
  /** Which run it came from, by its place in the list. */
  readonly run: number;
}

interface Reader {
  readonly blocks: AsyncIterator<RunEntry[]>;
  block: readonly RunEntry[];
  next: number;
  /** Offset of the entry that comes next; undefined at the end of the run. */
  position: number | undefined;
}

/** Everything that all runs say of one key. */
export interface MergedKey {
  readonly fingerprint: string;
  /** The key as JSON text. */
  readonly key: string;
  /** How often runs of the key source name it. */
  readonly ofSource: number;
  /** How often runs of the evidence name it. */
  readonly ofEvidence: number;
  /** What the evidence says of it, as JSON text. */
  readonly lines: readonly string[];
}

/** Merges sorted runs into one sorted stream of different keys; memory holds one block of each run. */
export class RunMerger {
  readonly #readers: readonly Reader[];
  /** So many runs, the first ones, are of the key source; the others are of the evidence. */
  readonly #sourceRuns: number;
  readonly #heap: Head[] = [];
  /** Where each run stood that the last key took entries from, before it did. */
  #taken = new Map<number, number>();

  private constructor(readers: readonly Reader[], sourceRuns: number) {
    this.#readers = readers;
    this.#sourceRuns = sourceRuns;
  }

  static async open(runs: readonly AsyncIterable<RunEntry[]>[], sourceRuns: number): Promise<RunMerger> {
    const readers = runs.map((run) => ({
      blocks: run[Symbol.asyncIterator](),
      block: [],
      next: 0,
      position: undefined,
    }));
    const merger = new RunMerger(readers, sourceRuns);
    const first = await pMap(readers, advance, { concurrency: OPENED_AT_ONCE });
    for (const [run, entry] of first.entries()) if (entry) push(merger.#heap, { entry, run });
    return merger;
  }

  /** The next key with all that is said of it; undefined at the end. */
  async next(): Promise<MergedKey | undefined> {
    const first = this.#heap[0]?.entry;
    if (!first) return undefined;
    this.#taken = new Map();
    const lines: string[] = [];
    let [ofSource, ofEvidence] = [0, 0];
    for (let head = this.#heap[0]; head?.entry.fingerprint === first.fingerprint; head = this.#heap[0]) {
      const { run, entry } = head;
      if (!this.#taken.has(run)) this.#taken.set(run, entry.offset);
      if (run < this.#sourceRuns) ofSource += 1;
      else ofEvidence += 1;
      if (entry.line !== undefined) lines.push(entry.line);
      const reader = this.#readers[run];
      // Awaits only where a block is used up: a merge of a million keys is mostly synchronous.
      const following = reader && (takeFromBlock(reader) ?? (await advance(reader)));
      replaceTop(this.#heap, following && { entry: following, run });
    }
    return { fingerprint: first.fingerprint, key: first.key, ofSource, ofEvidence, lines };
  }

  /** Where to open each run so that the last key comes first again; `null`: it is read to its end. */
  positionsBeforeLast(): (number | null)[] {
    return this.#readers.map(({ position }, run) => this.#taken.get(run) ?? position ?? null);
  }
}

function takeFromBlock(reader: Reader): RunEntry | undefined {
  const entry = reader.block[reader.next];
  if (entry) reader.next += 1;
  reader.position = entry?.offset;
  return entry;
}

async function advance(reader: Reader): Promise<RunEntry | undefined> {
  for (;;) {
    const entry = takeFromBlock(reader);
    if (entry) return entry;
    const { done, value } = await reader.blocks.next();
    if (done) return undefined;
    reader.block = value;
    reader.next = 0;
  }
}

function before(a: Head, b: Head): boolean {
  if (a.entry.fingerprint !== b.entry.fingerprint) return a.entry.fingerprint < b.entry.fingerprint;
  return a.run < b.run;
}

function push(heap: Head[], head: Head): void {
  let index = heap.length;
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (!parent || !before(head, parent)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = head;
}

function replaceTop(heap: Head[], head: Head | undefined): void {
  const sinking = head ?? heap.pop();
  if (!sinking || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    const child = right && left && before(right, left) ? right : left;
    if (!child || !before(child, sinking)) break;
    heap[index] = child;
    index = child === left ? 2 * index + 1 : 2 * index + 2;
  }
  heap[index] = sinking;
}
