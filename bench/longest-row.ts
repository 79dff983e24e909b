import type { RequestEntry } from "../local/gateway.ts";

/**
 * The most calls of which none began before the one before it was answered, where each takes at least this long: as many
 * disjoint intervals as can be had, by always taking the next one to end.
 */
export function longestRow(calls: readonly Pick<RequestEntry, "atMs">[], latencyMs: number): number {
  let [row, lastEnd] = [0, Number.NEGATIVE_INFINITY];
  for (const { atMs } of calls.toSorted((a, b) => a.atMs - b.atMs)) {
    if (atMs - latencyMs < lastEnd) continue;
    row += 1;
    lastEnd = atMs;
  }
  return row;
}
