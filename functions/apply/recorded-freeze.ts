import { readOnlyRecord } from "../read-only/read-only-record.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** Whether the repair ran under a proven freeze of its whole scope: then whatever differs from the plan is a surprise. */
export async function wasFrozen({ recoveryId }: Recovery, deps: Dependencies): Promise<boolean> {
  const record = await readOnlyRecord(recoveryId, deps);
  if (record?.state !== "proven" || record.thawed.length > 0) return false;
  return Object.values(record.guards).some(({ proof }) => proof === "proven");
}
