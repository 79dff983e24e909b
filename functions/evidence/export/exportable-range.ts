import { DescribeContinuousBackupsCommand } from "@aws-sdk/client-dynamodb";
import { isoSeconds } from "../../request/parse-time.ts";
import type { Dependencies } from "../../runtime/dependencies.ts";
import { ExportFailed } from "../../runtime/errors.ts";
import type { Recovery } from "../../runtime/recovery.ts";
import type { ExportWindow } from "./export-windows.ts";

/** What point-in-time recovery reaches at this moment, epoch seconds. */
export interface ExportableRange {
  readonly earliest: number;
  /** Some minutes behind now. */
  readonly latest: number;
}

/** Asks how far exports can reach; without point-in-time recovery there are none. */
export async function exportableRange(recovery: Recovery, deps: Dependencies): Promise<ExportableRange> {
  const { tableName } = recovery.table;
  const { ContinuousBackupsDescription } = await deps.aws.dynamodb.send(
    new DescribeContinuousBackupsCommand({ TableName: tableName }),
  );
  const pointInTime = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  if (pointInTime?.PointInTimeRecoveryStatus !== "ENABLED")
    throw new ExportFailed(
      `Point-in-time recovery of table "${tableName}" is ${pointInTime?.PointInTimeRecoveryStatus ?? "unknown"}: it was switched off since this recovery began, and without it nothing can be exported.`,
    );
  return {
    earliest: (pointInTime.EarliestRestorableDateTime?.getTime() ?? 0) / 1000,
    latest: (pointInTime.LatestRestorableDateTime?.getTime() ?? 0) / 1000,
  };
}

/** Whether a window can be exported now; one that point-in-time recovery does not reach back to any more never can. */
export function isExportable(window: ExportWindow, { earliest, latest }: ExportableRange, recovery: Recovery): boolean {
  if (window.from < earliest)
    throw new ExportFailed(
      `Table "${recovery.table.tableName}" can be exported from ${new Date(earliest * 1000).toISOString()} on, and ${isoSeconds(window.from)} is before that: the window of point-in-time recovery moved on (or was reset) since this recovery began. Start a new one with "evidence": "restore" and a later time, or from a backup.`,
    );
  return window.to <= latest;
}
