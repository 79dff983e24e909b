import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  decideSegments,
  MOST_SEGMENTS,
  SEGMENT_BYTES,
  segmentsFor,
} from "../../../../functions/key-sources/compare/segments.ts";
import { RecoveryWorld } from "../../evidence/recovery-world.ts";

describe("the number of segments", () => {
  it.each([
    ["an empty table", { bytes: 0, items: 0 }, 1],
    ["a table of one segment", { bytes: SEGMENT_BYTES, items: 1 }, 1],
    ["a table of a little more", { bytes: SEGMENT_BYTES + 1, items: 1 }, 2],
    ["a terabyte", { bytes: 2 ** 40, items: 1e9 }, 4096],
    ["a hundred million tiny items", { bytes: 5e9, items: 1e8 }, 200],
    ["a petabyte", { bytes: 2 ** 50, items: 1e12 }, MOST_SEGMENTS],
  ])("of %s", (_title, size, segments) => {
    expect(segmentsFor(size)).toBe(segments);
  });

  describe("once decided", () => {
    let world: RecoveryWorld;
    beforeEach(async () => {
      world = await RecoveryWorld.start();
      for (const name of ["orders", "backstitch-r-1-before"]) await world.createTable(name, [["pk", "S"]]);
    });
    afterEach(() => world.close());

    it("stays: slices of one division say nothing about another", async () => {
      const recovery = await world.recover({ keySource: "compare" });
      await world.deps.recoveries.put("r-1", "compare-segments", { segments: 7 });

      expect(await decideSegments(recovery, world.deps)).toBe(7);
    });

    it("is that of whoever recorded it first", async () => {
      const recovery = await world.recover({ keySource: "compare" });
      const { recoveries } = world.deps;
      vi.spyOn(recoveries, "putOnce").mockImplementation(async () => {
        await recoveries.put("r-1", "compare-segments", { segments: 9 });
        return false;
      });

      expect(await decideSegments(recovery, world.deps)).toBe(9);
    });
  });
});
