import type { Dependencies } from "../runtime/dependencies.ts";
import type { RestoreRole, WantedTable } from "./restored-tables.ts";

/** What became of one restored table; times are ISO 8601. */
export interface RestoredTable {
  readonly tableName: string;
  readonly tableArn?: string;
  /** The second it is restored to. */
  readonly restoreDateTime: string;
  /** Written before the call: whoever finds the table after a crash knows by it that the call was ours. */
  readonly requestedAt?: string;
  readonly startedAt?: string;
  readonly readyAt?: string;
  readonly deletedAt?: string;
  /** Why it was left alone when the others were deleted. */
  readonly kept?: string;
}

/** The record `evidence` of the recoveries table: the report tells from it what was restored, when, and what is left. */
export interface EvidenceRecord {
  readonly kind: "restore";
  readonly tables: Partial<Readonly<Record<RestoreRole, RestoredTable>>>;
}

/** What is known of a restored table so far; undefined before it was first asked for. */
export async function readRestoredTable(
  recoveryId: string,
  role: RestoreRole,
  deps: Dependencies,
): Promise<RestoredTable | undefined> {
  return (await deps.recoveries.get<EvidenceRecord>(recoveryId, "evidence"))?.tables[role];
}

/** Writes down what became of a restored table; keeps what was known before. */
export async function recordRestoredTable(
  recoveryId: string,
  wanted: WantedTable,
  change: Partial<RestoredTable>,
  deps: Dependencies,
): Promise<void> {
  await deps.recoveries.update<EvidenceRecord>(recoveryId, "evidence", (before) => ({
    kind: "restore",
    tables: {
      ...before?.tables,
      [wanted.role]: {
        tableName: wanted.tableName,
        restoreDateTime: new Date(wanted.restoreDateTime * 1000).toISOString(),
        ...before?.tables[wanted.role],
        ...change,
      },
    },
  }));
}
