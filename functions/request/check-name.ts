import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { RecoveryId } from "../contracts.ts";
import { restoredTableName } from "../evidence/restored-tables.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { show } from "./show.ts";

/** Under these ids the recoveries table keeps what belongs to no recovery: locks, flags, and who is watched. */
const NOT_OF_A_RECOVERY: ReadonlySet<string> = new Set(["lock", "flag", "watch"]);

/** Tables, objects and records are named after the execution: its name must be fit for it, and not be taken. */
export function checkNameForm(recoveryId: string): void {
  if (!RecoveryId.safeParse(recoveryId).success)
    throw new InvalidRequest(
      `The execution's name is ${show(recoveryId)}: it must be 1 to 80 of 0-9 A-Z a-z - and _, since tables and objects are named after it.`,
    );
  if (!isRecoveryName(recoveryId))
    throw new InvalidRequest(
      `The execution's name is "${recoveryId}", which the recoveries table uses for something else: choose another name.`,
    );
}

/** Whether records under this id can be those of a recovery. */
export function isRecoveryName(recoveryId: string): boolean {
  return !NOT_OF_A_RECOVERY.has(recoveryId);
}

/** Step Functions frees a name after 90 days; what an earlier recovery of that name left may still be there. */
export async function checkNameIsFree(recoveryId: string, startedAt: Date, deps: Dependencies): Promise<void> {
  const earlier = await deps.recoveries.get<Recovery>(recoveryId, "recovery");
  // A retry or a redrive of this very execution finds its own record.
  if (earlier && earlier.startedAt !== startedAt.toISOString())
    throw new InvalidRequest(
      `The execution's name is "${recoveryId}", which a recovery of table "${earlier.table.tableName}" had at ${earlier.startedAt}; its records are still kept: choose another name.`,
    );
  if (earlier) return;
  for (const role of ["before", "after"] as const) {
    const tableName = restoredTableName(recoveryId, role);
    if (await tableExists(tableName, deps))
      throw new InvalidRequest(
        `The execution's name is "${recoveryId}", but table "${tableName}", which this recovery would restore into, is there already: choose another name, or delete that table if nobody needs it.`,
      );
  }
}

async function tableExists(tableName: string, { aws }: Dependencies): Promise<boolean> {
  try {
    await aws.dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return false;
    throw error;
  }
}
