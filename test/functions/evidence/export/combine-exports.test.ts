import { describe, expect, it } from "vitest";
import { combineExports, type ExportedLine } from "../../../../functions/evidence/export/combine-exports.ts";
import { exportWindows } from "../../../../functions/evidence/export/export-windows.ts";
import type { Item } from "../../../../functions/items/item.ts";
import type { Recovery } from "../../../../functions/runtime/recovery.ts";
import { effective, exportOf, itemWith, KEY } from "./oracle.ts";

const MINUTE = 60;
const HOUR = 3600;
const SINCE = Date.UTC(2026, 10, 20, 2) / 1000;

function recoveryOf(seconds: number): Recovery {
  return { recoveryId: "r-1", restoreDateTime: SINCE - 1, incidentEnd: SINCE + seconds - 1 } as Recovery;
}

/** Seconds from the first bad one, and what was written then; `null`: deleted. */
type History = readonly (readonly [seconds: number, value: string | null])[];

function imagesOf(seconds: number, history: History, keysOnly = false) {
  const recovery = recoveryOf(seconds);
  const writes = effective(history.map(([second, value]) => ({ at: (SINCE + second) * 1000, value })));
  const lines = exportWindows(recovery, 0).flatMap((window, index) => exportOf(writes, window, index, keysOnly) ?? []);
  return combineExports(recovery, KEY, lines);
}

const item = (value: string | null): Item | null => (value === null ? null : itemWith(value));

describe("an incident of five minutes", () => {
  const OVER = 5 * MINUTE;

  it.each<readonly [string, History, string | null, string | null]>([
    [
      "written in the first millisecond",
      [
        [-7200, "good"],
        [0, "bad"],
      ],
      "good",
      "bad",
    ],
    [
      "written in the last millisecond",
      [
        [-7200, "good"],
        [OVER - 0.001, "bad"],
      ],
      "good",
      "bad",
    ],
    [
      "changed twice by the bug",
      [
        [-7200, "good"],
        [10, "bad"],
        [20, "worse"],
      ],
      "good",
      "worse",
    ],
    ["created by the bug", [[10, "bad"]], null, "bad"],
    [
      "deleted by the bug",
      [
        [-7200, "good"],
        [10, null],
      ],
      "good",
      null,
    ],
    [
      "changed by the bug, and later by somebody",
      [
        [-7200, "good"],
        [10, "bad"],
        [OVER, "later"],
      ],
      "good",
      "bad",
    ],
    [
      "deleted by the bug, and created anew later",
      [
        [-7200, "good"],
        [10, null],
        [OVER + 60, "new"],
      ],
      "good",
      null,
    ],
    [
      "only changed later",
      [
        [-7200, "good"],
        [OVER, "later"],
      ],
      "good",
      "good",
    ],
    [
      "created just before, and only changed later",
      [
        [-MINUTE, "good"],
        [OVER + 9, "later"],
      ],
      "good",
      "good",
    ],
    [
      "created a minute before the export that ends with it begins, and only changed later",
      [
        [-10 * MINUTE - 60.001, "good"],
        [OVER + 9, "later"],
      ],
      "good",
      "good",
    ],
    ["only created later", [[OVER, "later"]], null, null],
    [
      "created and deleted by the bug, and created anew later",
      [
        [10, "bad"],
        [20, null],
        [OVER + 9, "new"],
      ],
      null,
      null,
    ],
    [
      "created long before, only changed later",
      [
        [-14 * MINUTE, "good"],
        [OVER, "later"],
      ],
      "good",
      "good",
    ],
  ])("gives both images of an item that was %s", (_what, history, before, after) => {
    const images = imagesOf(OVER, history);

    expect(images).toMatchObject({ before: item(before), after: item(after) });
    expect(images).not.toHaveProperty("writtenAfterIncident");
  });

  it.each<readonly [string, History]>([
    // An insert and a delete in one export leave no line: what begins five minutes after the insert shows nothing of it.
    [
      "created just before, deleted by the bug and created anew later",
      [
        [-MINUTE, "good"],
        [10, null],
        [OVER + 9, "new"],
      ],
    ],
    // By the clock of the service it may have been a minute later, and then the same holds.
    [
      "created within a minute of where the export begins, and only changed later",
      [
        [-10 * MINUTE - 60, "good"],
        [OVER + 9, "later"],
      ],
    ],
  ])("says that it can't tell what the bug left of an item that was %s", (_what, history) => {
    const images = imagesOf(OVER, history);

    expect(images).toMatchObject({ before: item("good"), writtenAfterIncident: true });
    expect(images).not.toHaveProperty("after");
  });

  it("takes a line of keys alone for an item that was inserted and deleted", () => {
    expect(
      imagesOf(
        OVER,
        [
          [-MINUTE, "good"],
          [10, null],
          [OVER + 9, "new"],
        ],
        true,
      ),
    ).toMatchObject({
      before: item("good"),
      after: null,
    });
  });

  it.each<readonly [string, History]>([
    [
      "written in the last second before it",
      [
        [-7200, "good"],
        [-1, "later"],
      ],
    ],
    ["not written at all", [[-7200, "good"]]],
    [
      "created and deleted by it, and never seen again",
      [
        [10, "bad"],
        [20, null],
      ],
    ],
  ])("leaves out an item that was %s", (_what, history) => {
    expect(imagesOf(OVER, history)).toBeUndefined();
  });
});

describe("an incident of 60 hours, in three exports", () => {
  it.each<readonly [string, History, string | null, string | null]>([
    [
      "in the first and in the third",
      [
        [-1, "good"],
        [HOUR, "bad"],
        [50 * HOUR, "worse"],
      ],
      "good",
      "worse",
    ],
    [
      "in the second alone",
      [
        [-1, "good"],
        [30 * HOUR, "bad"],
      ],
      "good",
      "bad",
    ],
    [
      "inserted in the first and deleted in the third",
      [
        [HOUR, "bad"],
        [50 * HOUR, null],
      ],
      null,
      null,
    ],
    [
      "deleted in the first and created anew in the second",
      [
        [-1, "good"],
        [HOUR, null],
        [30 * HOUR, "new"],
      ],
      "good",
      "new",
    ],
    [
      "in its first and in its last millisecond",
      [
        [-1, "good"],
        [0, "bad"],
        [60 * HOUR - 0.001, "end"],
      ],
      "good",
      "end",
    ],
    [
      "after it as well",
      [
        [-1, "good"],
        [HOUR, "bad"],
        [60 * HOUR, "later"],
      ],
      "good",
      "bad",
    ],
  ])(
    "takes before from the first and after from the last one of an item written %s",
    (_what, history, before, after) => {
      expect(imagesOf(60 * HOUR, history)).toMatchObject({ before: item(before), after: item(after) });
    },
  );

  it("has no window in which an item that was there could be inserted and deleted unseen", () => {
    expect(
      imagesOf(60 * HOUR, [
        [-1, "good"],
        [HOUR, null],
        [2 * HOUR, "new"],
        [3 * HOUR, null],
      ]),
    ).toMatchObject({
      before: item("good"),
      after: null,
    });
  });
});

describe("a write near the incident's ends", () => {
  const HALF_AN_HOUR = 30 * MINUTE;

  it.each([
    [0, true],
    [60, true],
    [60.001, false],
    [HALF_AN_HOUR - 60.001, false],
    [HALF_AN_HOUR - 60, true],
    [HALF_AN_HOUR - 0.001, true],
  ])("at second %d is flagged: %s", (second, isNear) => {
    const images = imagesOf(HALF_AN_HOUR, [[second, "bad"]]);

    expect(images?.nearBoundary ?? false).toBe(isNear);
  });

  it("is told by the first and the last write that the exports saw", () => {
    expect(
      imagesOf(60 * HOUR, [
        [HOUR, "a"],
        [2 * HOUR, "b"],
        [50 * HOUR, "c"],
      ])?.written,
    ).toEqual({
      first: "2026-11-20T04:00:00.000Z",
      last: "2026-11-22T04:00:00.000Z",
    });
  });
});

describe("two lines of one export for one key", () => {
  it("are refused: nobody could say which one counts", () => {
    const line: ExportedLine = { window: 0, writtenAt: SINCE * 1e6 };

    expect(() => combineExports(recoveryOf(HOUR), KEY, [line, line])).toThrow(
      /Export 1 of recovery "r-1" has two lines/,
    );
  });
});
