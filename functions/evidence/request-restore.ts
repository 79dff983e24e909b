import {
  DescribeContinuousBackupsCommand,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import type { Dependencies } from "../runtime/dependencies.ts";
import { RestoreFailed } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { recordRestoredTable } from "./evidence-record.ts";
import { tagRestoredTable } from "./ownership.ts";
import type { WantedTable } from "./restored-tables.ts";

/** Names that mean "not now": the name is still in use (the next visit adopts or waits), or 50 restores run already. */
const COME_BACK_LATER = new Set([
  "TableAlreadyExistsException",
  "TableInUseException",
  "ResourceInUseException",
  "LimitExceededException",
  // "The backup is currently being used in another operation", such as a copy.
  "BackupInUseException",
]);

/** Asks for one restore; "not-started" when the time for it has not come yet. */
export async function requestRestore(
  wanted: WantedTable,
  recovery: Recovery,
  deps: Dependencies,
): Promise<"not-started" | "running"> {
  // A backup is there since before the incident; whether it still is the call itself says.
  if (wanted.backupArn === undefined && !(await isRestorable(wanted, recovery, deps))) return "not-started";
  await recordRestoredTable(recovery.recoveryId, wanted, { requestedAt: deps.now().toISOString() }, deps);
  const table = await restore(wanted, recovery, deps);
  if (!table) return "not-started";
  await recordRestoredTable(
    recovery.recoveryId,
    wanted,
    { startedAt: deps.now().toISOString(), ...(table.TableArn ? { tableArn: table.TableArn } : {}) },
    deps,
  );
  await tagRestoredTable(table, recovery, deps);
  return "running";
}

async function restore(
  wanted: WantedTable,
  recovery: Recovery,
  deps: Dependencies,
): Promise<TableDescription | undefined> {
  try {
    const target = {
      TargetTableName: wanted.tableName,
      // The source's provisioned capacity would throttle our reads; its indexes cost time and are never read.
      BillingModeOverride: "PAY_PER_REQUEST" as const,
      GlobalSecondaryIndexOverride: [],
      LocalSecondaryIndexOverride: [],
    };
    if (wanted.backupArn !== undefined) {
      const command = new RestoreTableFromBackupCommand({ ...target, BackupArn: wanted.backupArn });
      return (await deps.aws.dynamodb.send(command)).TableDescription;
    }
    const { TableDescription } = await deps.aws.dynamodb.send(
      new RestoreTableToPointInTimeCommand({
        ...target,
        SourceTableName: recovery.table.tableName,
        RestoreDateTime: new Date(wanted.restoreDateTime * 1000),
      }),
    );
    return TableDescription;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (COME_BACK_LATER.has(error.name)) return undefined;
    const remedy = REMEDIES[error.name];
    if (!remedy) throw error;
    const from =
      wanted.backupArn === undefined ? `to ${iso(wanted.restoreDateTime)}` : `from backup ${wanted.backupArn}`;
    throw new RestoreFailed(
      `Table "${recovery.table.tableName}" can't be restored ${from}: ${error.message} ${remedy}`,
      { cause: error },
    );
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  BackupNotFoundException: "The backup was deleted since this recovery began: start a new one with other evidence.",
  InvalidRestoreTimeException: "Start a new recovery with a time inside the window.",
  PointInTimeRecoveryUnavailableException:
    "Point-in-time recovery was switched off since this recovery began; without it there is no evidence.",
  TableNotFoundException: "The table was deleted since this recovery began.",
};

/** `LatestRestorableDateTime` lags by about five minutes: an incident found quickly has to wait for its own window. */
async function isRestorable(wanted: WantedTable, recovery: Recovery, deps: Dependencies): Promise<boolean> {
  const { tableName } = recovery.table;
  const { ContinuousBackupsDescription } = await deps.aws.dynamodb.send(
    new DescribeContinuousBackupsCommand({ TableName: tableName }),
  );
  // ContinuousBackupsStatus is always ENABLED; this is the one that tells.
  const pointInTime = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  if (pointInTime?.PointInTimeRecoveryStatus !== "ENABLED")
    throw new RestoreFailed(
      `Point-in-time recovery of table "${tableName}" is ${pointInTime?.PointInTimeRecoveryStatus ?? "unknown"}: it was switched off since this recovery began, and without it there is no evidence.`,
    );
  const at = wanted.restoreDateTime * 1000;
  const { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest } = pointInTime;
  if (earliest && at < earliest.getTime())
    throw new RestoreFailed(
      `Table "${tableName}" can be restored from ${earliest.toISOString()} on, and ${iso(wanted.restoreDateTime)} is before that: the window moved on (or was reset) since this recovery began. Start a new one with a later time, or restore a backup.`,
    );
  return latest !== undefined && at <= latest.getTime();
}

function iso(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString();
}
