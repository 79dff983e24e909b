import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunEntry } from "../../../functions/key-sources/key-runs.ts";
import { mergeRuns } from "../../../functions/key-sources/merge-runs.ts";

async function* blocksOf(run: readonly string[], block: number): AsyncGenerator<RunEntry[]> {
  for (let start = 0; start < run.length; start += block)
    yield run.slice(start, start + block).map((fingerprint) => ({ fingerprint, key: {}, bytes: 2 }));
}

describe("mergeRuns", () => {
  it("gives every entry of every run once, sorted, those of earlier runs first", async () => {
    const run = fc.array(fc.stringMatching(/^[0-9a-c]{1,2}$/), { maxLength: 12 }).map((entries) => entries.sort());

    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 9 }), fc.integer({ min: 1, max: 4 }), async (runs, block) => {
        const merged: [string, number][] = [];
        for await (const entry of mergeRuns(runs.map((each) => blocksOf(each, block))))
          merged.push([entry.fingerprint, entry.run]);

        const expected = runs
          .flatMap((each, index) => each.map((fingerprint): [string, number] => [fingerprint, index]))
          .sort(([a, i], [b, j]) => (a === b ? i - j : a < b ? -1 : 1));
        expect(merged).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});
