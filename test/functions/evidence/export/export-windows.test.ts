import { describe, expect, it } from "vitest";
import { endOfUnknown, exportWindows } from "../../../../functions/evidence/export/export-windows.ts";

const MINUTE = 60;
const HOUR = 3600;
const SINCE = Date.UTC(2026, 10, 20, 2) / 1000;

/** An incident of so many seconds, its first and its last included. */
const incident = (seconds: number) => ({ restoreDateTime: SINCE - 1, incidentEnd: SINCE + seconds - 1 });

/** The windows as seconds counted from the first bad one. */
const relative = (seconds: number) =>
  exportWindows(incident(seconds), 0).map(({ role, from, to }) => [role, from - SINCE, to - SINCE]);

describe("the windows of an incident", () => {
  it.each([
    [15 * MINUTE, [["window-001", 0, 900]]],
    [24 * HOUR, [["window-001", 0, 86_400]]],
    [
      24 * HOUR + 1,
      [
        ["window-001", 0, 43_200],
        ["window-002", 43_200, 86_401],
      ],
    ],
    [
      60 * HOUR,
      [
        ["window-001", 0, 72_000],
        ["window-002", 72_000, 144_000],
        ["window-003", 144_000, 216_000],
      ],
    ],
  ])("of %i seconds follow each other from its first second to its last", (seconds, windows) => {
    expect(relative(seconds)).toEqual(windows);
  });

  it.each([
    [
      1,
      [
        ["since", 0, 900],
        ["until", -899, 1],
        ["earlier", -900, 0],
      ],
    ],
    [
      15 * MINUTE - 1,
      [
        ["since", 0, 900],
        ["until", -1, 899],
        ["earlier", -900, 0],
      ],
    ],
  ])("of %i seconds, shorter than an export may be, are three", (seconds, windows) => {
    expect(relative(seconds)).toEqual(windows);
  });

  it("are never shorter than 15 minutes nor longer than 24 hours, whatever its length up to 35 days", () => {
    for (let seconds = 15 * MINUTE; seconds < 35 * 24 * HOUR; seconds += 997) {
      const windows = exportWindows(incident(seconds), 0);
      const lengths = windows.map(({ from, to }) => to - from);
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(15 * MINUTE);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(24 * HOUR);
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(seconds);
      for (const [index, window] of windows.entries()) expect(window.from).toBe(windows[index - 1]?.to ?? SINCE);
    }
  });

  it("whose end nobody knows go on to now, and are not shorter than an export may be", () => {
    const unknown = { restoreDateTime: SINCE - 1 };
    const now = (seconds: number) => new Date((SINCE + seconds) * 1000);

    expect(endOfUnknown(unknown, now(90))).toBe(SINCE + 900);
    expect(endOfUnknown(unknown, now(900.2))).toBe(SINCE + 901);
    expect(exportWindows(unknown, SINCE + 1000)).toEqual([{ role: "window-001", from: SINCE, to: SINCE + 1000 }]);
  });
});
