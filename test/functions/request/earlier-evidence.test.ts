import { describe, expect, it } from "vitest";
import { evidenceOfEarlier, findEarlierEvidence, timesOfEarlier } from "../../../functions/request/earlier-evidence.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { requestWith } from "./fixtures.ts";

const SINCE = Date.parse("2026-11-20T02:00:00Z") / 1000;
const STARTED = new Date("2026-11-20T03:00:00Z");
const REQUEST = requestWith({ badSince: undefined, evidence: { from: "night-1" } });

function earlierOf(change: Partial<Recovery> = {}): Recovery {
  return {
    recoveryId: "night-1",
    table: { tableName: "orders" },
    evidence: "restore",
    restoreDateTime: SINCE - 1,
    incidentEnd: SINCE + 300,
    ...change,
  } as Recovery;
}

/** Records by name: "night-1 recovery". */
function depsWith(records: Readonly<Record<string, unknown>>): Dependencies {
  const get = async (id: string, record: string) => records[`${id} ${record}`];
  return { recoveries: { get } } as unknown as Dependencies;
}

describe("the recovery that evidence.from names", () => {
  it("is looked for only where one is named", async () => {
    expect(await findEarlierEvidence("night-2", requestWith({}), depsWith({}))).toBeUndefined();
  });

  it("lends its restored tables, or its exports", async () => {
    const restored = earlierOf({ backupArn: "arn:backup" });
    const exported = earlierOf({ evidence: "export" });

    const lent = await Promise.all([
      findEarlierEvidence("night-2", REQUEST, depsWith({ "night-1 recovery": restored })),
      findEarlierEvidence("night-2", REQUEST, depsWith({ "night-1 recovery": exported, "night-1 evidence": {} })),
    ]);

    const evidence = await Promise.all(lent.map((found) => found && evidenceOfEarlier(found, undefined, depsWith({}))));
    expect(evidence).toEqual([
      {
        evidence: "restore",
        evidenceReason: 'the tables restored for recovery "night-1", as the request asks for',
        evidenceFrom: "night-1",
        backupArn: "arn:backup",
      },
      {
        evidence: "export",
        evidenceReason: 'the exports made for recovery "night-1", as the request asks for',
        evidenceFrom: "night-1",
      },
    ]);
  });

  it("says when exports end that were asked for while the incident went on", async () => {
    const { incidentEnd: _unknown, ...earlier } = earlierOf({ evidence: "export" });
    const end = "2026-11-20T02:30:00.000Z";
    const deps = depsWith({ "night-1 evidence": { kind: "export", end, exports: {} } });

    const { evidenceReason } = await evidenceOfEarlier({ earlier, owner: "night-1" }, undefined, deps);

    expect(evidenceReason).toContain(`they end at ${end}`);
    expect(evidenceReason).toContain("what was written later is not in them");
  });

  it.each(["restore", "export"] as const)("lends what it was lent itself (%s)", async (evidence) => {
    const borrower = earlierOf({ evidence, evidenceFrom: "night-0" });

    const found = await findEarlierEvidence("night-2", REQUEST, depsWith({ "night-1 recovery": borrower }));

    expect(found?.owner).toBe("night-0");
  });

  it("is refused where it is unknown, of another table, or had nothing to lend", async () => {
    const of = (records: Readonly<Record<string, unknown>>, id = "night-2") =>
      findEarlierEvidence(id, REQUEST, depsWith(records));

    await expect(of({})).rejects.toThrow('Field "evidence.from" is "night-1", which is no earlier recovery');
    await expect(of({ "night-1 recovery": earlierOf() }, "night-1")).rejects.toThrow("which is no earlier recovery");
    await expect(
      of({ "night-1 recovery": earlierOf({ table: { tableName: "carts" } as Recovery["table"] }) }),
    ).rejects.toThrow('Field "table" is "orders", but "evidence.from" names a recovery of table "carts"');
    await expect(of({ "night-1 recovery": earlierOf({ evidence: "journal" }) })).rejects.toThrow(
      "had no tables restored and nothing exported (its evidence was journal)",
    );
  });
});

describe("the times of a request that names an earlier recovery", () => {
  const earlier = { earlier: earlierOf(), owner: "night-1" };
  const same = { restoreDateTime: SINCE - 1, incidentEnd: SINCE + 300 };

  it.each([
    {},
    { badSince: "2026-11-20T02:00:00Z" },
    { badSince: "1h ago" },
    { restoreDateTime: "2026-11-20T01:59:59Z", incidentEnd: "2026-11-20T02:05:00Z" },
    { incidentEnd: "2026-11-20T02:05:00Z" },
  ])("are the earlier one's, with %j", (fields) => {
    const request = requestWith({ badSince: undefined, evidence: { from: "night-1" }, ...fields });

    expect(timesOfEarlier(request, earlier, STARTED)).toEqual(same);
  });

  it.each([
    [{ badSince: "2026-11-20T02:00:01Z" }, 'Field "badSince" is "2026-11-20T02:00:01Z", but "evidence.from"'],
    [{ restoreDateTime: "2026-11-20T02:00:00Z" }, 'Field "restoreDateTime" is "2026-11-20T02:00:00Z", but'],
    [{ incidentEnd: "2026-11-20T02:05:01Z" }, "whose incidentEnd was 2026-11-20T02:05:00Z: leave the field out"],
  ])("may not be others: %j", (fields, message) => {
    const request = requestWith({ badSince: undefined, evidence: { from: "night-1" }, ...fields });

    expect(() => timesOfEarlier(request, earlier, STARTED)).toThrow(message);
  });

  it("have no end where the earlier one's end was not known", () => {
    const { incidentEnd: _unknown, ...open } = earlierOf();
    const request = requestWith({ badSince: undefined, incidentEnd: "2026-11-20T02:05:00Z" });
    const ofOpen = { earlier: open, owner: "night-1" };

    expect(timesOfEarlier(requestWith({ badSince: undefined }), ofOpen, STARTED)).toEqual({
      restoreDateTime: SINCE - 1,
    });
    expect(() => timesOfEarlier(request, ofOpen, STARTED)).toThrow("whose incidentEnd was not known");
  });
});
