import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunEntry } from "../../../functions/key-sources/key-runs.ts";
import { type MergedKey, RunMerger } from "../../../functions/key-sources/merge-runs.ts";

/** Offsets count entries here. */
async function* blocksOf(run: readonly string[], block: number, from = 0): AsyncGenerator<RunEntry[]> {
  for (let start = from; start < run.length; start += block)
    yield run.slice(start, start + block).map((fingerprint, index) => {
      const line = fingerprint.length > 1 ? { line: `"${fingerprint}"` } : {};
      return { fingerprint, key: fingerprint, offset: start + index, ...line };
    });
}

type Runs = readonly (readonly string[])[];

async function merged(merger: RunMerger): Promise<MergedKey[]> {
  const all: MergedKey[] = [];
  for (let next = await merger.next(); next; next = await merger.next()) all.push(next);
  return all;
}

function expected(runs: Runs, sourceRuns: number): MergedKey[] {
  return [...new Set(runs.flat())].sort().map((fingerprint) => {
    const countIn = (some: Runs) => some.flat().filter((each) => each === fingerprint).length;
    const [ofSource, ofEvidence] = [countIn(runs.slice(0, sourceRuns)), countIn(runs.slice(sourceRuns))];
    const lines = Array<string>(fingerprint.length > 1 ? ofSource + ofEvidence : 0).fill(`"${fingerprint}"`);
    return { fingerprint, key: fingerprint, ofSource, ofEvidence, lines };
  });
}

const run = fc.array(fc.stringMatching(/^[0-9a-c]{1,2}$/), { maxLength: 12 }).map((entries) => entries.sort());
const runs = fc.array(run, { maxLength: 9 });
const block = fc.integer({ min: 1, max: 4 });

describe("merging runs", () => {
  it("gives every key once, sorted, with how often each side named it and all that the evidence says", async () => {
    await fc.assert(
      fc.asyncProperty(runs, block, fc.nat(9), async (some, size, sourceRuns) => {
        const opened = some.map((each) => blocksOf(each, size));

        expect(await merged(await RunMerger.open(opened, sourceRuns))).toEqual(expected(some, sourceRuns));
      }),
      { numRuns: 1_000 },
    );
  });

  it("opened again at the positions before a key, gives that key and all that come after it", async () => {
    await fc.assert(
      fc.asyncProperty(runs, block, fc.nat(20), async (some, size, taken) => {
        const first = await RunMerger.open(
          some.map((each) => blocksOf(each, size)),
          2,
        );
        const all = expected(some, 2);
        if (all.length === 0) return;
        const index = taken % all.length;
        for (let steps = 0; steps <= index; steps++) await first.next();

        const positions = first.positionsBeforeLast();
        const again = some.map((each, place) => blocksOf(each, size, positions[place] ?? each.length));

        expect(await merged(await RunMerger.open(again, 2))).toEqual(all.slice(index));
      }),
      { numRuns: 1_000 },
    );
  });
});
