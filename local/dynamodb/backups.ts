import { randomBytes } from "node:crypto";
import { AwsError, type Caller } from "../service.ts";
import { controlPlaneRequest } from "./control-plane-requests.ts";
import type { Actions, Input, Output, Parts } from "./parts.ts";
import { authorizeTarget, type Moment, restoreTable } from "./restores.ts";
import type { Table } from "./tables.ts";

interface Backup {
  readonly arn: string;
  readonly name: string;
  readonly createdMs: number;
  readonly table: Table;
  readonly sizeBytes: number;
  readonly itemCount: number;
  /** Of the journal, which keeps the table's past for as long as the backup is there. */
  readonly moment: Moment;
}

/** CreateBackup, DescribeBackup, ListBackups, DeleteBackup, RestoreTableFromBackup. */
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
      const { sizeBytes, itemCount } = table;
      const moment = { atMs: parts.journal.tick(createdMs), upToSequence: parts.journal.lastSequence };
      const backup = { arn, name: BackupName, createdMs, table, sizeBytes, itemCount, moment };
      parts.journal.keep(table.id);
      backups.push(backup);
      return { BackupDetails: detailsOf(backup) };
    },
    DescribeBackup: (caller, input) => {
      const { BackupArn } = controlPlaneRequest("DescribeBackup", input);
      parts.authorization.authorizeResource(caller, "DescribeBackup", BackupArn);
      return { BackupDescription: descriptionOf(existing(backups, BackupArn)) };
    },
    DeleteBackup: (caller, input) => {
      const { BackupArn } = controlPlaneRequest("DeleteBackup", input);
      parts.authorization.authorizeResource(caller, "DeleteBackup", BackupArn);
      const backup = existing(backups, BackupArn);
      backups.splice(backups.indexOf(backup), 1);
      parts.journal.release(backup.table.id);
      return { BackupDescription: descriptionOf(backup, "DELETED") };
    },
    RestoreTableFromBackup: async (caller, input) => {
      const request = controlPlaneRequest("RestoreTableFromBackup", input);
      // "RestoreTableFromBackup permissions are required on the source backup, and read and write permissions on the target."
      parts.authorization.authorizeResource(caller, "RestoreTableFromBackup", request.BackupArn);
      authorizeTarget(parts, caller, request.TargetTableName);
      const { table, moment, createdMs, arn } = existing(backups, request.BackupArn);
      const origin = { restoreDateTime: createdMs / 1000, backupArn: arn };
      return { TableDescription: await restoreTable(parts, table, request, moment, origin) };
    },
    ListBackups: (caller, input) => listBackups(parts, backups, caller, input),
  };
}

function existing(backups: readonly Backup[], arn: string): Backup {
  const backup = backups.find((candidate) => candidate.arn === arn);
  if (backup === undefined) throw new AwsError("BackupNotFoundException", `Backup not found: ${arn}`);
  return backup;
}

function descriptionOf(backup: Backup, status = "AVAILABLE"): Output {
  const { table } = backup;
  return {
    BackupDetails: { ...detailsOf(backup), BackupStatus: status },
    SourceTableDetails: {
      TableName: table.name,
      TableId: table.id,
      TableArn: table.arn,
      TableSizeBytes: backup.sizeBytes,
      ItemCount: backup.itemCount,
      KeySchema: table.engine.KeySchema,
      TableCreationDateTime: table.createdMs / 1000,
      ProvisionedThroughput: table.settings.throughput ?? { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    },
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
    BackupSizeBytes: backup.sizeBytes,
    BackupStatus: "AVAILABLE",
    BackupType: "USER",
    BackupCreationDateTime: backup.createdMs / 1000,
  };
}
