import type { RunEntry } from "./key-runs.ts";

interface Head {
  readonly entry: RunEntry;
  /** Which run it came from, by its place in the list. */
  readonly run: number;
}

export interface MergedEntry extends RunEntry {
  readonly run: number;
}

/** Merges sorted runs into one sorted stream; equal fingerprints come one after the other, those of earlier runs first. */
export async function* mergeRuns(
  runs: readonly AsyncIterable<RunEntry[]>[],
): AsyncGenerator<MergedEntry, void, undefined> {
  const readers = runs.map((run) => ({ blocks: run[Symbol.asyncIterator](), block: [] as RunEntry[], next: 0 }));
  const heap: Head[] = [];
  const advance = async (run: number): Promise<RunEntry | undefined> => {
    const reader = readers[run];
    if (!reader) return undefined;
    while (reader.next >= reader.block.length) {
      const { done, value } = await reader.blocks.next();
      if (done) return undefined;
      reader.block = value;
      reader.next = 0;
    }
    return reader.block[reader.next++];
  };
  for (const run of readers.keys()) {
    const entry = await advance(run);
    if (entry) push(heap, { entry, run });
  }
  for (let head = heap[0]; head; head = heap[0]) {
    yield { ...head.entry, run: head.run };
    const reader = readers[head.run];
    // Awaits only where a block is used up: a merge of a million keys is mostly synchronous.
    const inBlock = reader && reader.next < reader.block.length ? reader.block[reader.next++] : undefined;
    const entry = inBlock ?? (await advance(head.run));
    replaceTop(heap, entry && { entry, run: head.run });
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
