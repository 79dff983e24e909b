/** `evidence: { backup }`: an on-demand backup of the table, by name or ARN. */
import {
  type BackupDetails,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  ListBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import type { Aws } from "../runtime/aws.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { isoSeconds } from "./parse-time.ts";
import type { IncidentTimes } from "./restore-window.ts";
import { show } from "./show.ts";

const BACKUP_ARN = /^arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/[\w.-]+\/backup\/[\w-]+$/;
/** How DynamoDB says that an ARN is that of no backup of this account and Region. */
const NOT_OURS: ReadonlySet<string> = new Set([
  "BackupNotFoundException",
  "ValidationException",
  "AccessDeniedException",
]);

/** What `before` is restored from. */
export interface FoundBackup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
}

/**
 * The backup that a request names; refused where it is none of this table, is not ready, or was made when the incident had
 * begun. `before` is then the table at the moment of the backup: good writes between it and the incident look like the
 * incident's, since `after` has both.
 */
export async function findBackup(table: string, named: string, times: IncidentTimes, aws: Aws): Promise<FoundBackup> {
  const refuse = (problem: string) => new InvalidRequest(`Field "evidence.backup" is ${show(named)}, ${problem}`);
  const usable = (backup: FoundBackup) => backup.createdAt.getTime() < (times.restoreDateTime + 1) * 1000;
  const candidates = named.startsWith("arn:")
    ? [await describeBackup(table, named, aws)]
    : await backupsNamed(table, named, aws);
  const known = candidates.filter((backup) => backup !== undefined);
  if (known.length === 0)
    throw refuse(
      `which is no backup of table "${table}" that can be restored: see aws dynamodb list-backups --table-name ${table}.`,
    );
  // Names need not be unique: the youngest that is old enough is the nearest to the incident.
  const [found] = known.filter(usable).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  if (!found)
    throw refuse(
      `which was made at ${known[0]?.createdAt.toISOString()}, when the incident had begun (badSince is ${isoSeconds(times.restoreDateTime + 1)}): name an older one, or leave "evidence" out.`,
    );
  if (times.incidentEnd !== undefined) await checkAfter(table, times.incidentEnd, aws);
  return found;
}

/** Why this evidence, in a sentence for the report. */
export function backupReason({ name, createdAt }: FoundBackup): string {
  return `backup "${name}" restored beside the table, as the request asks for: "before" is the table as it was at ${createdAt.toISOString()}, so good writes between that and the incident look like the incident's`;
}

async function describeBackup(table: string, arn: string, { dynamodb }: Aws): Promise<FoundBackup | undefined> {
  // The ARN of another table's backup would be refused by our own role, which says less.
  if (!arn.includes(`:table/${table}/backup/`) || !BACKUP_ARN.test(arn)) return undefined;
  try {
    const { BackupDescription } = await dynamodb.send(new DescribeBackupCommand({ BackupArn: arn }));
    return availableBackup(BackupDescription?.BackupDetails);
  } catch (error) {
    if (error instanceof Error && NOT_OURS.has(error.name)) return undefined;
    throw error;
  }
}

async function backupsNamed(table: string, name: string, { dynamodb }: Aws): Promise<(FoundBackup | undefined)[]> {
  const found: (FoundBackup | undefined)[] = [];
  let start: string | undefined;
  do {
    const page = await dynamodb.send(
      new ListBackupsCommand({
        TableName: table,
        BackupType: "USER",
        ...(start ? { ExclusiveStartBackupArn: start } : {}),
      }),
    );
    for (const summary of page.BackupSummaries ?? [])
      if (summary.BackupName === name) found.push(availableBackup(summary));
    start = page.LastEvaluatedBackupArn;
  } while (start);
  return found;
}

type Details = Partial<Pick<BackupDetails, "BackupArn" | "BackupName" | "BackupStatus" | "BackupCreationDateTime">>;

function availableBackup(details: Details | undefined): FoundBackup | undefined {
  const { BackupArn: arn, BackupName: name, BackupStatus, BackupCreationDateTime: createdAt } = details ?? {};
  return BackupStatus === "AVAILABLE" && arn && name && createdAt ? { name, arn, createdAt } : undefined;
}

/** A backup gives `before` alone: what the incident left is restored to a point in time. */
async function checkAfter(table: string, incidentEnd: number, { dynamodb }: Aws): Promise<void> {
  const { ContinuousBackupsDescription } = await dynamodb.send(
    new DescribeContinuousBackupsCommand({ TableName: table }),
  );
  const { PointInTimeRecoveryStatus: status, EarliestRestorableDateTime: earliest } =
    ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
  if (status === "ENABLED" && earliest && earliest.getTime() <= (incidentEnd + 1) * 1000) return;
  const because =
    status === "ENABLED"
      ? `its point-in-time recovery reaches back to ${earliest?.toISOString()} only`
      : "it has no point-in-time recovery";
  throw new InvalidRequest(
    `Field "incidentEnd" is ${isoSeconds(incidentEnd)}, but table "${table}" can't be restored to it, as ${because}: leave "incidentEnd" out; then a backup alone is the evidence, and the plan is two-way.`,
  );
}
