import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combineExports } from "../../../../functions/evidence/export/combine-exports.ts";
import { endOfUnknown, exportWindows, isShort } from "../../../../functions/evidence/export/export-windows.ts";
import type { Recovery } from "../../../../functions/runtime/recovery.ts";
import { effective, exportOf, KEY, stateBefore, type Write } from "./oracle.ts";

const CASES = Number(process.env.PROPERTY_CASES ?? 300);
const MINUTE = 60;
const HOUR = 3600;
/** 2026-11-20T02:00:00Z: the first bad second. */
const SINCE = Date.UTC(2026, 10, 20, 2) / 1000;

function recoveryOf(seconds: number | undefined): Recovery {
  return {
    recoveryId: "r-1",
    restoreDateTime: SINCE - 1,
    ...(seconds === undefined ? {} : { incidentEnd: SINCE + seconds - 1 }),
  } as Recovery;
}

const DURATIONS = fc.oneof(
  fc.integer({ min: 1, max: 15 * MINUTE - 1 }),
  fc.constantFrom(1, 59, 15 * MINUTE - 1, 15 * MINUTE, 15 * MINUTE + 1, 24 * HOUR, 24 * HOUR + 1, 60 * HOUR),
  fc.integer({ min: 15 * MINUTE, max: 80 * HOUR }),
);

/** Writes crowd where it matters: around the incident's two ends and the ends of the windows. */
function historyAround(seconds: number): fc.Arbitrary<Write[]> {
  const over = SINCE + seconds;
  const marks = [SINCE, over, SINCE + 15 * MINUTE, over - 15 * MINUTE, SINCE - 15 * MINUTE];
  const at = fc.oneof(
    fc.tuple(fc.constantFrom(...marks), fc.integer({ min: -2, max: 2 })).map(([mark, by]) => mark * 1000 + by),
    fc
      .tuple(fc.constantFrom(...marks), fc.integer({ min: -70_000, max: 70_000 }))
      .map(([mark, by]) => mark * 1000 + by),
    fc.integer({ min: (SINCE - 20 * MINUTE) * 1000, max: (over + 20 * MINUTE) * 1000 }),
  );
  const value = fc.option(fc.constantFrom("a", "b", "c"), { freq: 3 });
  return fc.uniqueArray(fc.record({ at, value }), { maxLength: 8, selector: (write) => write.at }).map(effective);
}

const INCIDENTS = DURATIONS.chain((seconds) =>
  fc.record({ seconds: fc.constant(seconds), writes: historyAround(seconds), keysOnly: fc.boolean() }),
);

describe("any history of an item, exported window by window", () => {
  it("gives before and after exactly, or says that after is not known, never a wrong image", () => {
    const known = { exact: 0, unknown: 0, untouched: 0 };

    fc.assert(
      fc.property(INCIDENTS, ({ seconds, writes, keysOnly }) => {
        const recovery = recoveryOf(seconds);
        const over = SINCE + seconds;
        const lines = exportWindows(recovery, 0).flatMap(
          (window, index) => exportOf(writes, window, index, keysOnly) ?? [],
        );

        const images = combineExports(recovery, KEY, lines);

        const before = stateBefore(writes, SINCE * 1000);
        const after = stateBefore(writes, over * 1000);
        if (!images) {
          // What is not listed is not repaired, so nothing that the incident changed may be missing, but for an item that it
          // created and that somebody deleted within the same export: then nothing of it is left.
          const isGone = before === null && stateBefore(writes, (SINCE + 15 * MINUTE) * 1000) === null;
          if (!isShort(recovery) || !isGone) expect(after).toEqual(before);
          known.untouched += 1;
          return;
        }
        expect(images.before).toEqual(before);
        if (images.after === undefined) {
          // Only where an insert and a delete may hide in an export, and then it is said.
          expect(images.writtenAfterIncident).toBe(true);
          expect(isShort(recovery)).toBe(true);
          known.unknown += 1;
        } else {
          expect(images.after).toEqual(after);
          expect(images.writtenAfterIncident).toBeUndefined();
          known.exact += 1;
        }
      }),
      { numRuns: CASES },
    );

    // Else the property would hold for a combine that never knows anything.
    expect(known.exact).toBeGreaterThan(known.unknown * 5);
    expect(known.untouched).toBeGreaterThan(0);
  });

  it("of an incident whose end nobody knows gives before exactly, and no after", () => {
    const incidents = fc
      .integer({ min: 1, max: 60 * HOUR })
      .chain((seconds) =>
        fc.record({ seconds: fc.constant(seconds), writes: historyAround(seconds), keysOnly: fc.boolean() }),
      );

    fc.assert(
      fc.property(incidents, ({ seconds, writes, keysOnly }) => {
        const recovery = recoveryOf(undefined);
        const end = endOfUnknown(recovery, new Date((SINCE + seconds) * 1000));
        const lines = exportWindows(recovery, end).flatMap(
          (window, index) => exportOf(writes, window, index, keysOnly) ?? [],
        );

        const images = combineExports(recovery, KEY, lines);

        const before = stateBefore(writes, SINCE * 1000);
        if (images) {
          expect(images.before).toEqual(before);
          expect(images).not.toHaveProperty("after");
        } else {
          expect(stateBefore(writes, end * 1000)).toEqual(before);
        }
      }),
      { numRuns: CASES },
    );
  });

  it("says when it was written, and whether that was within a minute of the incident's ends", () => {
    fc.assert(
      fc.property(INCIDENTS, ({ seconds, writes }) => {
        const recovery = recoveryOf(seconds);
        const windows = exportWindows(recovery, 0);
        const lines = windows.flatMap((window, index) => exportOf(writes, window, index) ?? []);

        const images = combineExports(recovery, KEY, lines);

        if (!images) return;
        const seen = lines.filter(({ window }) => windows[window]?.role !== "earlier").map((line) => line.writtenAt);
        const near = seen.some((at) => [SINCE, SINCE + seconds].some((end) => Math.abs(at / 1e6 - end) <= 60));
        expect(images.nearBoundary ?? false).toBe(near);
        const inside = seen.filter((at) => at >= SINCE * 1e6 && at < (SINCE + seconds) * 1e6);
        expect(images.written).toEqual(
          inside.length === 0
            ? undefined
            : {
                first: new Date(Math.min(...inside) / 1000).toISOString(),
                last: new Date(Math.max(...inside) / 1000).toISOString(),
              },
        );
      }),
      { numRuns: CASES },
    );
  });
});
