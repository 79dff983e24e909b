import { DescribeContinuousBackupsCommand, ListBackupsCommand } from "@aws-sdk/client-dynamodb";
import type { RecoveryRequest } from "../contracts.ts";
import type { Aws } from "../runtime/aws.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { isoSeconds, parseTime } from "./parse-time.ts";

export interface IncidentTimes {
  /** Last good second, epoch seconds. */
  readonly restoreDateTime: number;
  /** Last bad second, epoch seconds; missing = unknown. */
  readonly incidentEnd?: number;
}

type RequestedTimes = Pick<RecoveryRequest, "badSince" | "restoreDateTime" | "incidentEnd">;

/** Times of a request, in whole epoch seconds, checked against each other and against the start of the execution. */
export function incidentTimes(request: RequestedTimes, startedAt: Date): IncidentTimes {
  const started = Math.floor(startedAt.getTime() / 1000);
  const { field, text } = beginning(request);
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

/** The time that says when the incident began, as it was written. */
function beginning({ badSince, restoreDateTime = "" }: RequestedTimes): { field: string; text: string } {
  return badSince === undefined
    ? { field: "restoreDateTime", text: restoreDateTime }
    : { field: "badSince", text: badSince };
}

/** What point-in-time recovery reaches, whole epoch seconds. */
export interface RestorableRange {
  readonly earliest: number;
}

/** Refuses a second that the table can't be restored to, and names the nearest older backup where there is one. */
export async function checkRestoreWindow(
  request: RequestedTimes & { readonly table: string },
  { restoreDateTime }: IncidentTimes,
  aws: Aws,
): Promise<RestorableRange> {
  const tableName = request.table;
  const { ContinuousBackupsDescription } = await aws.dynamodb.send(
    new DescribeContinuousBackupsCommand({ TableName: tableName }),
  );
  const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  if (recovery?.PointInTimeRecoveryStatus !== "ENABLED")
    throw new InvalidRequest(
      `Field "table" is "${tableName}", which has no point-in-time recovery: it can be neither restored to a second nor exported. Switch it on for the next time (aws dynamodb update-continuous-backups --table-name ${tableName} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true).${await nearestBackup(aws, tableName, restoreDateTime)}`,
    );
  const earliest = Math.ceil((recovery.EarliestRestorableDateTime?.getTime() ?? 0) / 1000);
  if (restoreDateTime < earliest) {
    const { field, text } = beginning(request);
    throw new InvalidRequest(
      `Field "${field}" is "${text}", which asks for the table as it was at ${isoSeconds(restoreDateTime)}, but its point-in-time recovery reaches back to ${isoSeconds(earliest)} only: give a later time.${await nearestBackup(aws, tableName, restoreDateTime)}`,
    );
  }
  return { earliest };
}

/** A sentence that names the youngest backup from before the incident, for whoever has no other evidence. */
async function nearestBackup(aws: Aws, tableName: string, restoreDateTime: number): Promise<string> {
  let nearest: { name: string; arn: string; at: Date } | undefined;
  let start: string | undefined;
  do {
    const page = await aws.dynamodb.send(
      new ListBackupsCommand({
        TableName: tableName,
        BackupType: "ALL",
        ...(start ? { ExclusiveStartBackupArn: start } : {}),
      }),
    );
    for (const { BackupName, BackupArn, BackupCreationDateTime } of page.BackupSummaries ?? [])
      if (
        BackupName &&
        BackupArn &&
        BackupCreationDateTime &&
        BackupCreationDateTime.getTime() <= restoreDateTime * 1000 &&
        (!nearest || BackupCreationDateTime > nearest.at)
      )
        nearest = { name: BackupName, arn: BackupArn, at: BackupCreationDateTime };
    start = page.LastEvaluatedBackupArn;
  } while (start);
  return nearest
    ? ` The nearest older backup is "${nearest.name}" of ${nearest.at.toISOString()}: write "evidence": { "backup": "${nearest.arn}" } to take what was before the incident from it.`
    : " There is no older backup of it either.";
}
