import type { Dependencies } from "../runtime/dependencies.ts";
import { RestoreFailed } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Progress } from "./evidence.ts";
import { readRestoredTable, recordRestoredTable } from "./evidence-record.ts";
import { describeTable, foreignBecause } from "./ownership.ts";
import { progressOf } from "./restore-progress.ts";
import { ownerOf, type WantedTable } from "./restored-tables.ts";

/** Where a table stands that an earlier recovery restored and this one reads again; it is never made here, nor deleted. */
export async function borrowedProgress(wanted: WantedTable, recovery: Recovery, deps: Dependencies): Promise<Progress> {
  const owner = ownerOf(recovery);
  const table = await describeTable(wanted.tableName, deps);
  if (!table || table.TableStatus === "DELETING")
    throw new RestoreFailed(
      `Restored table "${wanted.tableName}" of recovery "${owner}", which recovery "${recovery.recoveryId}" wants to read again, is not there any more: it was deleted, or has expired. Start a new recovery that makes its own evidence.`,
    );
  const foreign = await foreignBecause(table, wanted, recovery, deps);
  if (foreign)
    throw new RestoreFailed(
      `Table "${wanted.tableName}" is not the one that recovery "${owner}" restored from "${recovery.table.tableName}": ${foreign}. Start a new recovery that makes its own evidence.`,
    );
  const progress = progressOf(table, recovery);
  const known = await readRestoredTable(recovery.recoveryId, wanted.role, deps);
  if (!known)
    await recordRestoredTable(
      recovery.recoveryId,
      wanted,
      {
        ...(table.TableArn ? { tableArn: table.TableArn } : {}),
        kept: `it is borrowed: recovery "${owner}" restored it`,
      },
      deps,
    );
  return progress;
}
