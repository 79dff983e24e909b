import { attemptsOf } from "../apply/outcomes.ts";
import type { EvidenceRecord } from "../evidence/evidence-record.ts";
import type { Dependencies } from "../runtime/dependencies.ts";

/** Parts whose repair was begun; 0 = nothing was written to the table. */
export async function partsBegun(recoveryId: string, deps: Dependencies): Promise<number> {
  let parts = 0;
  for await (const _attempts of attemptsOf(recoveryId, deps)) parts += 1;
  return parts;
}

/** Restored tables of a recovery that are still there. */
export async function restoredTables(recoveryId: string, { recoveries }: Dependencies): Promise<string[]> {
  const evidence = await recoveries.get<EvidenceRecord>(recoveryId, "evidence");
  return Object.values(evidence?.tables ?? {}).flatMap(({ tableName, deletedAt }) => (deletedAt ? [] : [tableName]));
}
