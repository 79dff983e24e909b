import { ResourceNotFoundException } from "@aws-sdk/client-dynamodb";
import { ownerOf, restoredTableName } from "../../evidence/restored-tables.ts";
import { RestoreFailed } from "../../runtime/errors.ts";
import type { Recovery } from "../../runtime/recovery.ts";

/** The two tables whose difference the incident is. */
export interface ComparedTables {
  readonly before: string;
  /** As the incident left it; where its end is unknown, the live table. */
  readonly other: string;
}

export function comparedTables(recovery: Recovery): ComparedTables {
  const owner = ownerOf(recovery);
  return {
    before: restoredTableName(owner, "before"),
    other: recovery.incidentEnd === undefined ? recovery.table.tableName : restoredTableName(owner, "after"),
  };
}

/** The answer; where the table is gone, an error that says so. */
export async function orRestoreFailed<Answer>(
  answer: Promise<Answer>,
  tableName: string,
  { recoveryId }: Recovery,
): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new RestoreFailed(
      `Table "${tableName}", which recovery "${recoveryId}" compares, is not there any more: it was deleted, or has expired. Start a new recovery.`,
      { cause: error },
    );
  }
}
