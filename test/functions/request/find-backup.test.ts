import { describe, expect, it } from "vitest";
import { backupReason, findBackup } from "../../../functions/request/find-backup.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import { answeringClient, awsError } from "./answering-client.ts";

const seconds = (iso: string) => Date.parse(iso) / 1000;
const TIMES = { restoreDateTime: seconds("2026-11-20T02:19:59Z") };
const arnOf = (id: string, table = "orders") => `arn:aws:dynamodb:eu-west-1:111122223333:table/${table}/backup/${id}`;

interface Backup {
  readonly id: string;
  readonly name?: string;
  readonly at: string;
  readonly status?: string;
}

function awsWith(backups: readonly Backup[], window: { status?: string; earliest?: string } = {}): Aws {
  const details = ({ id, name = "nightly", at, status = "AVAILABLE" }: Backup) => ({
    BackupArn: arnOf(id),
    BackupName: name,
    BackupStatus: status,
    BackupCreationDateTime: new Date(at),
  });
  const dynamodb = answeringClient({
    // A page holds one backup.
    ListBackups: ({ ExclusiveStartBackupArn: start }: { ExclusiveStartBackupArn?: string }) => {
      const index = backups.findIndex(({ id }) => arnOf(id) === start) + 1;
      const backup = backups[index];
      return {
        BackupSummaries: backup ? [details(backup)] : [],
        ...(backup && index < backups.length - 1 ? { LastEvaluatedBackupArn: arnOf(backup.id) } : {}),
      };
    },
    DescribeBackup: ({ BackupArn }: { BackupArn: string }) => {
      const backup = backups.find(({ id }) => arnOf(id) === BackupArn);
      if (!backup) throw awsError("BackupNotFoundException");
      return { BackupDescription: { BackupDetails: details(backup) } };
    },
    DescribeContinuousBackups: () => ({
      ContinuousBackupsDescription: {
        PointInTimeRecoveryDescription: {
          PointInTimeRecoveryStatus: window.status ?? "ENABLED",
          EarliestRestorableDateTime: new Date(window.earliest ?? "2026-11-01T00:00:00Z"),
        },
      },
    }),
  });
  return { dynamodb } as unknown as Aws;
}

const NIGHTS = [
  { id: "1", at: "2026-11-18T01:00:00Z" },
  { id: "2", at: "2026-11-19T01:00:00Z" },
  { id: "3", at: "2026-11-20T02:19:59.900Z" },
  { id: "4", at: "2026-11-20T02:20:00Z" },
  { id: "5", name: "weekly", at: "2026-11-15T01:00:00Z" },
];

describe("a backup that a request names", () => {
  it("by name is the youngest of that name from before the incident", async () => {
    expect(await findBackup("orders", "nightly", TIMES, awsWith(NIGHTS))).toMatchObject({ arn: arnOf("3") });
    expect(await findBackup("orders", "weekly", TIMES, awsWith(NIGHTS))).toMatchObject({ arn: arnOf("5") });
  });

  it("by ARN is that one, and the report says what `before` means then", async () => {
    const found = await findBackup("orders", arnOf("2"), TIMES, awsWith(NIGHTS));

    expect(found).toEqual({ name: "nightly", arn: arnOf("2"), createdAt: new Date("2026-11-19T01:00:00Z") });
    expect(backupReason(found)).toContain('"before" is the table as it was at 2026-11-19T01:00:00.000Z');
  });

  it.each([
    ["monthly", 'is "monthly", which is no backup of table "orders" that can be restored: see aws dynamodb list'],
    [arnOf("9"), "which is no backup of table"],
    [arnOf("1", "carts"), "which is no backup of table"],
    [arnOf("4"), "which was made at 2026-11-20T02:20:00.000Z, when the incident had begun"],
  ])("%s is refused", async (name, message) => {
    await expect(findBackup("orders", name, TIMES, awsWith(NIGHTS))).rejects.toThrow(message);
  });

  it.each([
    ["of another account", arnOf("01").replace("111122223333", "999999999999"), "AccessDeniedException"],
    ["that DynamoDB does not take for one", arnOf("01"), "ValidationException"],
    ["that is no ARN of a backup", `${arnOf("0")}/${"x".repeat(5000)}`, "ValidationException"],
  ])("by an ARN %s is refused by name, and briefly", async (_what, arn, error) => {
    const aws = awsWith([]);
    Object.assign(aws, {
      dynamodb: answeringClient({
        DescribeBackup: () => {
          throw awsError(error);
        },
      }),
    });

    const refused = await findBackup("orders", arn, TIMES, aws).catch((thrown: Error) => thrown);

    expect(refused).toMatchObject({ name: "InvalidRequest", message: expect.stringContaining("no backup of table") });
    expect(String(refused).length).toBeLessThan(400);
  });

  it("that is still being made is refused", async () => {
    const aws = awsWith([{ id: "1", at: "2026-11-18T01:00:00Z", status: "CREATING" }]);

    await expect(findBackup("orders", "nightly", TIMES, aws)).rejects.toThrow("that can be restored");
  });

  it.each([
    [{ status: "DISABLED" }, "as it has no point-in-time recovery"],
    [{ earliest: "2026-11-20T02:30:02Z" }, "reaches back to 2026-11-20T02:30:02.000Z only"],
  ])("does not give `after`: with %j the incident's end is refused", async (window, message) => {
    const times = { ...TIMES, incidentEnd: seconds("2026-11-20T02:30:00Z") };

    await expect(findBackup("orders", "nightly", times, awsWith(NIGHTS, window))).rejects.toThrow(message);
    await expect(findBackup("orders", "nightly", TIMES, awsWith(NIGHTS, window))).resolves.toBeDefined();
  });
});
