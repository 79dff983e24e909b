import { describe, expect, it } from "vitest";
import { chooseEvidence } from "../../../functions/request/choose-evidence.ts";
import { incidentTimes } from "../../../functions/request/restore-window.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import { InvalidRequest } from "../../../functions/runtime/errors.ts";
import { answeringClient } from "./answering-client.ts";
import { requestWith } from "./fixtures.ts";

const STARTED = new Date("2026-11-20T03:00:00.700Z");

function choose(fields: object, earliest = "2026-11-01T00:00:00Z") {
  const pointInTime = {
    PointInTimeRecoveryStatus: "ENABLED",
    EarliestRestorableDateTime: new Date(earliest),
    LatestRestorableDateTime: new Date(STARTED.getTime() - 300_000),
  };
  const dynamodb = answeringClient({
    DescribeContinuousBackups: () => ({
      ContinuousBackupsDescription: { PointInTimeRecoveryDescription: pointInTime },
    }),
    ListBackups: () => ({}),
  });
  const request = requestWith(fields);
  const times = request.deleteOnly ? { restoreDateTime: 0 } : incidentTimes(request, STARTED);
  return chooseEvidence({ request, times, startedAt: STARTED }, {
    aws: { dynamodb } as unknown as Aws,
  } as Dependencies);
}

describe("evidence that the request leaves open", () => {
  it.each([
    ["an hour that is over", { badSince: "2h ago", incidentEnd: "1h ago" }],
    ["an hour that ended a second ago", { badSince: "2026-11-20T02:00:00Z", incidentEnd: "2026-11-20T02:59:59Z" }],
    ["a second whose 15 minutes are over", { badSince: "2026-11-20T02:45:00Z", incidentEnd: "2026-11-20T02:45:00Z" }],
    ["three days", { badSince: "4d ago", incidentEnd: "1d ago" }],
    ["an hour and going on", { badSince: "1h ago" }],
    ["15 minutes and going on", { badSince: "2026-11-20T02:45:00Z" }],
    ["an hour, of one partition", { badSince: "2h ago", incidentEnd: "1h ago", keysFrom: { partition: { key: "a" } } }],
  ])("is exports for %s", async (_what, fields) => {
    const chosen = await choose(fields);

    expect(chosen.evidence).toBe("export");
    expect(chosen.evidenceReason).toMatch(/^exports of what changed .*nothing needs to be restored$/);
  });

  it.each([
    [
      "a short one whose 15 minutes are not over",
      { badSince: "2026-11-20T02:45:02Z", incidentEnd: "2026-11-20T02:45:05Z" },
      "an incident of less than 15 minutes is over at 2026-11-20T03:00:02Z",
    ],
    ["one of seconds ago that goes on", { badSince: "10s ago" }, "is over at 2026-11-20T03:14:50Z"],
    [
      "two tables that are compared",
      { badSince: "2h ago", incidentEnd: "1h ago", keysFrom: { compare: {} } },
      '"compare" reads two tables',
    ],
  ])("is a restore for %s, and says why", async (_what, fields, because) => {
    const chosen = await choose(fields);

    expect(chosen.evidence).toBe("restore");
    expect(chosen.evidenceReason).toContain("restored beside the table, and not exported: ");
    expect(chosen.evidenceReason).toContain(because);
  });

  it.each([
    ["2026-11-20T01:45:00Z", "export"],
    ["2026-11-20T01:45:01Z", "restore"],
  ])("of a short incident at 02:00, with point-in-time recovery since %s, is: %s", async (earliest, evidence) => {
    const chosen = await choose({ badSince: "2026-11-20T02:00:00Z", incidentEnd: "2026-11-20T02:05:00Z" }, earliest);

    expect(chosen.evidence).toBe(evidence);
  });
});

describe("evidence that the request asks for", () => {
  it.each(["export", "restore"])("is %s where it can be had", async (evidence) => {
    expect(await choose({ badSince: "2h ago", incidentEnd: "1h ago", evidence })).toEqual({
      evidence,
      evidenceReason: expect.stringMatching(/, as the request asks for$/),
    });
  });

  it("is waited for, where the 15 minutes of an export are not over yet", async () => {
    expect(await choose({ badSince: "10s ago", evidence: "export" })).toMatchObject({ evidence: "export" });
  });

  it("is refused where point-in-time recovery does not reach the 15 minutes before a short incident", async () => {
    const short = { badSince: "2026-11-20T02:00:00Z", incidentEnd: "2026-11-20T02:05:00Z", evidence: "export" };

    const refused = choose(short, "2026-11-20T01:50:00Z");

    await expect(refused).rejects.toBeInstanceOf(InvalidRequest);
    await expect(refused).rejects.toThrow(
      /^Field "evidence" is "export", but an incident of less than 15 minutes needs an export from 2026-11-20T01:45:00Z on, .* table "orders" reaches back to 2026-11-20T01:50:00Z only: write "evidence": "restore"/,
    );
  });

  it.each(["auto", "export", "restore"])(
    "%s is refused where the incident began before all of it",
    async (evidence) => {
      await expect(choose({ badSince: "2h ago", evidence }, "2026-11-20T02:00:00Z")).rejects.toThrow(
        /Field "badSince" is "2h ago".*reaches back to 2026-11-20T02:00:00Z only/,
      );
    },
  );

  it("is none where items are deleted as they are, and nothing is asked of AWS", async () => {
    expect(await choose({ badSince: undefined, deleteOnly: true, keys: [{ pk: "a" }] })).toMatchObject({
      evidence: "none",
    });
  });
});
