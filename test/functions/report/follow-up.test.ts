import { describe, expect, test } from "vitest";
import type { RepairSummary } from "../../../functions/apply/repair-summary.ts";
import { followUpOf } from "../../../functions/report/follow-up.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";

const RECOVERY = { recoveryId: "r-1", evidence: "export", table: { tableName: "orders" } } as Recovery;
const key = (sk: string) => ({ pk: { S: "a" }, sk: { S: sk } });
const left = (rest: Partial<RepairSummary>) => ({ left: [], created: [], ...rest });

describe("the request that decides what is left", () => {
  test("keeps everything, and names the attributes that are left: the item's others may have been repaired", () => {
    const open = left({
      left: [
        { key: key("1"), reason: "conflict: attributes", attributes: ["total"] },
        { key: key("2"), reason: "conflict: recreated" },
      ],
      created: [key("3")],
    });

    expect(followUpOf(RECOVERY, open)).toEqual({
      table: "orders",
      evidence: { from: "r-1" },
      decisions: [
        { key: key("1"), decision: "keep", attributes: ["total"] },
        { key: key("2"), decision: "keep" },
        { key: key("3"), decision: "keep" },
      ],
    });
  });

  test("is not there where nothing is left, or nothing is known of what was", () => {
    expect(followUpOf(RECOVERY, left({}))).toBeUndefined();
    expect(followUpOf({ ...RECOVERY, evidence: "none" }, left({ created: [key("3")] }))).toBeUndefined();
  });
});
