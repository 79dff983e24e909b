import { randomBytes } from "node:crypto";
import { AwsError, type Caller } from "../service.ts";
import { controlPlaneRequest } from "./control-plane-requests.ts";
import type { Actions, Input, Output, Parts } from "./parts.ts";
import type { Table } from "./tables.ts";

interface Backup {
  readonly arn: string;
  readonly name: string;
  readonly createdMs: number;
  readonly table: Table;
}

/** CreateBackup, DescribeBackup, ListBackups: that there is a backup, and of when. */
export function backupActions(parts: Parts): Actions {
  const backups: Backup[] = [];
  return {
    CreateBackup: (caller, input) => {
      const { TableName, BackupName } = controlPlaneRequest("CreateBackup", input);
      parts.authorization.authorize({ caller, action: "CreateBackup", table: TableName });
      const table = parts.tables.find(TableName);
      if (table === undefined || parts.tables.isCreating(table))
        throw new AwsError("TableNotFoundException", `Table not found: ${TableName}`);
      const createdMs = parts.now();
      const arn = `${table.arn}/backup/${String(createdMs).padStart(14, "0")}-${randomBytes(4).toString("hex")}`;
      const backup = { arn, name: BackupName, createdMs, table };
      backups.push(backup);
      return { BackupDetails: detailsOf(backup) };
    },
    DescribeBackup: (caller, input) => {
      const { BackupArn } = controlPlaneRequest("DescribeBackup", input);
      parts.authorization.authorizeResource(caller, "DescribeBackup", BackupArn);
      const backup = backups.find((candidate) => candidate.arn === BackupArn);
      if (backup === undefined) throw new AwsError("BackupNotFoundException", `Backup not found: ${BackupArn}`);
      return {
        BackupDescription: {
          BackupDetails: detailsOf(backup),
          SourceTableDetails: {
            TableName: backup.table.name,
            TableId: backup.table.id,
            TableArn: backup.table.arn,
            KeySchema: backup.table.engine.KeySchema,
            TableCreationDateTime: backup.table.createdMs / 1000,
            ProvisionedThroughput: backup.table.settings.throughput ?? { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
          },
        },
      };
    },
    ListBackups: (caller, input) => listBackups(parts, backups, caller, input),
  };
}

function listBackups(parts: Parts, backups: readonly Backup[], caller: Caller, input: Input): Output {
  const request = controlPlaneRequest("ListBackups", input);
  parts.authorization.authorizeResource(caller, "ListBackups", "*");
  const wanted = backups.filter(
    (backup) =>
      (request.TableName === undefined || backup.table.name === request.TableName) &&
      (request.BackupType === undefined || request.BackupType === "USER" || request.BackupType === "ALL") &&
      backup.createdMs >= (request.TimeRangeLowerBound ?? 0) * 1000 &&
      // "TimeRangeUpperBound is exclusive."
      backup.createdMs < (request.TimeRangeUpperBound ?? Number.POSITIVE_INFINITY) * 1000,
  );
  const start = wanted.findIndex((backup) => backup.arn === request.ExclusiveStartBackupArn) + 1;
  const page = wanted.slice(start, start + (request.Limit ?? 100));
  const last = page.at(-1);
  return {
    BackupSummaries: page.map((backup) => ({
      ...detailsOf(backup),
      TableName: backup.table.name,
      TableId: backup.table.id,
      TableArn: backup.table.arn,
    })),
    ...(last !== undefined && last !== wanted.at(-1) ? { LastEvaluatedBackupArn: last.arn } : {}),
  };
}

function detailsOf(backup: Backup): Output {
  return {
    BackupArn: backup.arn,
    BackupName: backup.name,
    BackupSizeBytes: 0,
    BackupStatus: "AVAILABLE",
    BackupType: "USER",
    BackupCreationDateTime: backup.createdMs / 1000,
  };
}
