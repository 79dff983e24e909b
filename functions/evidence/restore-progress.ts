import type { TableDescription } from "@aws-sdk/client-dynamodb";
import type { Dependencies } from "../runtime/dependencies.ts";
import { RestoreFailed } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Progress } from "./evidence.ts";
import { readRestoredTable, recordRestoredTable } from "./evidence-record.ts";
import { describeTable, foreignBecause, tagRestoredTable } from "./ownership.ts";
import type { WantedTable } from "./restored-tables.ts";

/**
 * Where one restore stands. A table of ours is adopted (tagged, written down), whoever started it; any other table of
 * this name is an error that names it.
 */
export async function restoreProgress(
  wanted: WantedTable,
  recovery: Recovery,
  deps: Dependencies,
): Promise<Progress | "missing"> {
  const table = await describeTable(wanted.tableName, deps);
  if (!table) return "missing";
  // Its name is free again in a moment, and then it is for StartRestore to go on.
  if (table.TableStatus === "DELETING") return "not-started";
  const foreign = await foreignBecause(table, wanted, recovery, deps);
  if (foreign)
    throw new RestoreFailed(
      `Table "${wanted.tableName}" stands where recovery "${recovery.recoveryId}" wants to restore "${recovery.table.tableName}" to, but ${foreign}: it was left as it is. Delete it if nobody needs it, then redrive; or start a new recovery under another name.`,
    );
  const progress = progressOf(table, recovery);
  await tagRestoredTable(table, recovery, deps);
  await recordProgress(table, progress, wanted, recovery, deps);
  return progress;
}

/** How far a restore is, by the table that it makes. */
export function progressOf(table: TableDescription, recovery: Recovery): Progress {
  switch (table.TableStatus) {
    case "CREATING":
    case "UPDATING":
      return "running";
    case "ACTIVE":
      return table.RestoreSummary?.RestoreInProgress ? "running" : "ready";
    default:
      throw new RestoreFailed(
        `Restored table "${table.TableName}" of recovery "${recovery.recoveryId}" is ${table.TableStatus ?? "without a status"}, from which no restore goes on by itself: see the table in the console (for encryption: the key's state), then redrive.`,
      );
  }
}

async function recordProgress(
  table: TableDescription,
  progress: Progress,
  wanted: WantedTable,
  recovery: Recovery,
  deps: Dependencies,
): Promise<void> {
  const known = await readRestoredTable(recovery.recoveryId, wanted.role, deps);
  const now = deps.now().toISOString();
  const change = {
    ...(known?.tableArn === table.TableArn || !table.TableArn ? {} : { tableArn: table.TableArn }),
    ...(known?.startedAt ? {} : { startedAt: table.CreationDateTime?.toISOString() ?? now }),
    // A restore that was lost and begun again becomes ready again.
    ...(progress === "ready" && (known?.readyAt ?? "") <= (known?.startedAt ?? "") ? { readyAt: now } : {}),
  };
  if (Object.keys(change).length > 0) await recordRestoredTable(recovery.recoveryId, wanted, change, deps);
}
