import { DescribeContinuousBackupsCommand, ListBackupsCommand } from "@aws-sdk/client-dynamodb";
import type { Aws } from "../runtime/aws.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { isoSeconds, parseTime } from "./parse-time.ts";

export interface IncidentTimes {
  /** Last good second, epoch seconds. */
  readonly restoreDateTime: number;
  /** Last bad second, epoch seconds; missing = unknown. */
  readonly incidentEnd?: number;
}

/** Times of a request, in whole epoch seconds, checked against each other and against the start of the execution. */
export function incidentTimes(
  request: { badSince?: string | undefined; restoreDateTime?: string | undefined; incidentEnd?: string | undefined },
  startedAt: Date,
): IncidentTimes {
  const started = Math.floor(startedAt.getTime() / 1000);
  const [field, text] =
    request.badSince !== undefined
      ? ["badSince", request.badSince]
      : ["restoreDateTime", request.restoreDateTime ?? ""];
  const given = parseTime(field, text, startedAt);
  if (given > started)
    throw new InvalidRequest(
      `Field "${field}" is "${text}", which is in the future (the execution started at ${isoSeconds(started)}): check date and zone.`,
    );
  const restoreDateTime = field === "badSince" ? given - 1 : given;
  if (request.incidentEnd === undefined) return { restoreDateTime };

  const incidentEnd = parseTime("incidentEnd", request.incidentEnd, startedAt);
  if (incidentEnd > started)
    throw new InvalidRequest(
      `Field "incidentEnd" is "${request.incidentEnd}", which is in the future (the execution started at ${isoSeconds(started)}): leave it out while the incident goes on.`,
    );
  if (incidentEnd <= restoreDateTime)
    throw new InvalidRequest(
      `Field "incidentEnd" is "${request.incidentEnd}", which is before the incident began ("${field}": "${text}"): it must be the same second or later.`,
    );
  return { restoreDateTime, incidentEnd };
}

/** Refuses a second that the table can't be restored to, and names the nearest older backup where there is one. */
export async function checkRestoreWindow(aws: Aws, tableName: string, restoreDateTime: number): Promise<void> {
  const { ContinuousBackupsDescription } = await aws.dynamodb.send(
    new DescribeContinuousBackupsCommand({ TableName: tableName }),
  );
  const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  if (recovery?.PointInTimeRecoveryStatus !== "ENABLED")
    throw new InvalidRequest(
      `Field "table" is "${tableName}", which has no point-in-time recovery: it can't be restored to a second. Switch it on for the next time (aws dynamodb update-continuous-backups --table-name ${tableName} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true).${await nearestBackup(aws, tableName, restoreDateTime)}`,
    );
  const earliest = Math.ceil((recovery.EarliestRestorableDateTime?.getTime() ?? 0) / 1000);
  if (restoreDateTime < earliest)
    throw new InvalidRequest(
      `Field "badSince" leads to ${isoSeconds(restoreDateTime)}, before the table's window of point-in-time recovery begins (${isoSeconds(earliest)}): give a later time.${await nearestBackup(aws, tableName, restoreDateTime)}`,
    );
}

async function nearestBackup(aws: Aws, tableName: string, restoreDateTime: number): Promise<string> {
  let nearest: { name: string; at: Date } | undefined;
  let start: string | undefined;
  do {
    const page = await aws.dynamodb.send(
      new ListBackupsCommand({ TableName: tableName, ...(start ? { ExclusiveStartBackupArn: start } : {}) }),
    );
    for (const { BackupName, BackupCreationDateTime } of page.BackupSummaries ?? [])
      if (
        BackupName &&
        BackupCreationDateTime &&
        BackupCreationDateTime.getTime() <= restoreDateTime * 1000 &&
        (!nearest || BackupCreationDateTime > nearest.at)
      )
        nearest = { name: BackupName, at: BackupCreationDateTime };
    start = page.LastEvaluatedBackupArn;
  } while (start);
  return nearest
    ? ` The nearest older backup is "${nearest.name}" of ${nearest.at.toISOString()}: restore it beside the table by hand.`
    : " There is no older on-demand backup of it either.";
}
