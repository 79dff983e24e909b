import { describe, expect, it } from "vitest";
import { checkRestoreWindow, incidentTimes } from "../../../functions/request/restore-window.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import { answeringClient } from "./answering-client.ts";

const STARTED = new Date("2026-11-20T03:00:00.700Z");
const seconds = (iso: string) => Date.parse(iso) / 1000;

describe("the times of an incident", () => {
  it.each([
    [{ badSince: "2026-11-20T02:20:00Z" }, { restoreDateTime: seconds("2026-11-20T02:19:59Z") }],
    [{ badSince: "40m ago" }, { restoreDateTime: seconds("2026-11-20T02:19:59Z") }],
    [{ restoreDateTime: "2026-11-20T02:19:59Z" }, { restoreDateTime: seconds("2026-11-20T02:19:59Z") }],
    [{ badSince: "2026-11-20T03:00:00Z" }, { restoreDateTime: seconds("2026-11-20T02:59:59Z") }],
    [
      { badSince: "2026-11-20T02:20:00Z", incidentEnd: "2026-11-20T02:30:00.900Z" },
      { restoreDateTime: seconds("2026-11-20T02:19:59Z"), incidentEnd: seconds("2026-11-20T02:30:00Z") },
    ],
    [
      { badSince: "2026-11-20T02:20:00Z", incidentEnd: "2026-11-20T02:20:00Z" },
      { restoreDateTime: seconds("2026-11-20T02:19:59Z"), incidentEnd: seconds("2026-11-20T02:20:00Z") },
    ],
  ])("%j are %j", (request, expected) => {
    expect(incidentTimes(request, STARTED)).toEqual(expected);
  });

  it.each([
    [{ badSince: "2026-11-20T03:00:01Z" }, 'Field "badSince" is "2026-11-20T03:00:01Z", which is in the future'],
    [{ restoreDateTime: "2027-01-01T00:00:00Z" }, 'Field "restoreDateTime" is "2027-01-01T00:00:00Z", which is in the'],
    [{ badSince: "1h ago", incidentEnd: "2026-11-20T03:00:01Z" }, 'Field "incidentEnd" is "2026-11-20T03:00:01Z"'],
    [
      { badSince: "1h ago", incidentEnd: "2h ago" },
      '"2h ago", which is before the incident began ("badSince": "1h ago")',
    ],
    [{ restoreDateTime: "1h ago", incidentEnd: "1h ago" }, 'began ("restoreDateTime": "1h ago")'],
    [{ badSince: "1h ago", incidentEnd: "soon" }, 'Field "incidentEnd" is "soon"'],
  ])("%j are refused", (request, message) => {
    expect(() => incidentTimes(request, STARTED)).toThrow(message);
  });
});

describe("the window of point-in-time recovery", () => {
  interface Table {
    readonly status?: string;
    readonly earliest?: string;
    readonly backups?: readonly (readonly [name: string, at: string])[];
  }

  function awsWith({ status = "ENABLED", earliest, backups = [] }: Table): Aws {
    const summaries = backups.map(([BackupName, at]) => ({
      BackupName,
      BackupArn: `arn:${BackupName}`,
      BackupCreationDateTime: new Date(at),
    }));
    const dynamodb = answeringClient({
      DescribeContinuousBackups: () => ({
        ContinuousBackupsDescription: {
          PointInTimeRecoveryDescription: {
            PointInTimeRecoveryStatus: status,
            ...(earliest ? { EarliestRestorableDateTime: new Date(earliest) } : {}),
          },
        },
      }),
      // One backup a page, as if there were many.
      ListBackups: ({ ExclusiveStartBackupArn: after }: { ExclusiveStartBackupArn?: string }) => {
        const index = summaries.findIndex(({ BackupArn }) => BackupArn === after) + 1;
        const last = index + 1 < summaries.length ? summaries[index]?.BackupArn : undefined;
        return { BackupSummaries: summaries.slice(index, index + 1), LastEvaluatedBackupArn: last };
      },
    });
    return { dynamodb } as Aws;
  }

  const request = { table: "orders", badSince: "2026-11-20T02:20:00Z" };
  const times = { restoreDateTime: seconds("2026-11-20T02:19:59Z") };

  it.each(["2026-10-16T00:00:00Z", "2026-11-20T02:19:59Z", "2026-11-20T02:19:58.500Z"])(
    "that reaches back to %s has the second",
    async (earliest) => {
      const range = { earliest: Math.ceil(Date.parse(earliest) / 1000) };

      expect(await checkRestoreWindow(request, times, awsWith({ earliest }))).toEqual(range);
    },
  );

  it("that begins within the second does not have it", async () => {
    const aws = awsWith({ earliest: "2026-11-20T02:19:59.001Z" });

    await expect(checkRestoreWindow(request, times, aws)).rejects.toThrow(
      'Field "badSince" is "2026-11-20T02:20:00Z", which asks for the table as it was at 2026-11-20T02:19:59Z, but its point-in-time recovery reaches back to 2026-11-20T02:20:00Z only',
    );
  });

  it("names restoreDateTime where that was given", async () => {
    const aws = awsWith({ earliest: "2026-11-20T02:30:00Z" });
    const asked = { table: "orders", restoreDateTime: "2026-11-20T02:19:59Z" };

    await expect(checkRestoreWindow(asked, times, aws)).rejects.toThrow(
      'Field "restoreDateTime" is "2026-11-20T02:19:59Z"',
    );
  });

  it("that begins too late leads to the youngest backup that is older than the incident", async () => {
    const aws = awsWith({
      earliest: "2026-11-20T02:30:00Z",
      backups: [
        ["monday", "2026-11-16T00:00:00Z"],
        ["thursday", "2026-11-19T00:00:00Z"],
        ["during", "2026-11-20T02:25:00Z"],
        ["wednesday", "2026-11-18T00:00:00Z"],
      ],
    });

    await expect(checkRestoreWindow(request, times, aws)).rejects.toThrow(
      /nearest older backup is "thursday" of 2026-11-19T00:00:00.000Z: write "evidence": { "backup": "arn:thursday" }/,
    );
  });

  it("that begins too late is said to be all there is, where no backup is older", async () => {
    const aws = awsWith({ earliest: "2026-11-20T02:30:00Z", backups: [["during", "2026-11-20T02:25:00Z"]] });

    await expect(checkRestoreWindow(request, times, aws)).rejects.toThrow("There is no older backup of it either.");
  });

  it.each(["DISABLED", undefined])("that is %s is refused with the command that switches it on", async (status) => {
    const aws = awsWith(status === undefined ? {} : { status });
    const off =
      status === undefined
        ? ({ dynamodb: answeringClient({ DescribeContinuousBackups: () => ({}), ListBackups: () => ({}) }) } as Aws)
        : aws;

    await expect(checkRestoreWindow(request, times, off)).rejects.toThrow(
      /"orders", which has no point-in-time recovery.*update-continuous-backups --table-name orders/,
    );
  });
});
