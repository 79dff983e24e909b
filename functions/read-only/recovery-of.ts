import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidInput } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** The recovery of a step's input; operators call these steps by hand, so that the table is checked. */
export async function recoveryOf(
  { recoveryId, table }: { readonly recoveryId: string; readonly table: string },
  deps: Dependencies,
): Promise<Recovery> {
  const recovery = await deps.recoveries.load(recoveryId);
  if (recovery.table.tableName !== table)
    throw new InvalidInput(
      `Recovery "${recoveryId}" is about table "${recovery.table.tableName}", not "${table}": correct "table".`,
    );
  return recovery;
}
