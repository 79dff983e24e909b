import { DeleteTableCommand, ResourceInUseException, ResourceNotFoundException } from "@aws-sdk/client-dynamodb";
import type { Dependencies } from "../runtime/dependencies.ts";
import { TransientFailure } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { recordRestoredTable } from "./evidence-record.ts";
import { describeTable, foreignBecause } from "./ownership.ts";
import { type WantedTable, wantedTables } from "./restored-tables.ts";

/** Deletes the tables that this recovery restored; a table that only has the name is left alone, and that is written down. */
export async function removeRestoredTables(recovery: Recovery, deps: Dependencies): Promise<number> {
  // Borrowed tables are their owner's to delete.
  if (recovery.evidenceFrom !== undefined) return 0;
  let deleted = 0;
  for (const wanted of wantedTables(recovery)) if (await remove(wanted, recovery, deps)) deleted++;
  return deleted;
}

async function remove(wanted: WantedTable, recovery: Recovery, deps: Dependencies): Promise<boolean> {
  const { recoveryId } = recovery;
  const table = await describeTable(wanted.tableName, deps);
  if (!table || table.TableStatus === "DELETING") return false;
  const foreign = await foreignBecause(table, wanted, recovery, deps);
  if (foreign) {
    await recordRestoredTable(recoveryId, wanted, { kept: foreign }, deps);
    deps.logger.warn("A table with the name of a restored one was not deleted", {
      tableName: wanted.tableName,
      because: foreign,
    });
    return false;
  }
  try {
    await deps.aws.dynamodb.send(new DeleteTableCommand({ TableName: wanted.tableName }));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    if (error instanceof ResourceInUseException)
      throw new TransientFailure(
        `Restored table "${wanted.tableName}" is ${table.TableStatus} and can't be deleted at this moment: the step is tried again.`,
        { cause: error },
      );
    throw error;
  }
  await recordRestoredTable(recoveryId, wanted, { deletedAt: deps.now().toISOString() }, deps);
  return true;
}
