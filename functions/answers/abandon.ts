import { giveTableBack } from "../apply/earlier-writers.ts";
import { readOnlyRecord } from "../read-only/read-only-record.ts";
import { isFrozen } from "../report/report.ts";
import { liftCommand } from "../runtime/commands.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidAnswer } from "../runtime/errors.ts";
import { isRunning } from "../runtime/execution-status.ts";
import type { Recovery, RecoveryStatus } from "../runtime/recovery.ts";

export const abandonedRecord = "abandoned";

/** Record `abandoned`: who gave a failed or stopped recovery up. */
export interface Abandoned {
  readonly by: string;
  readonly at: string;
}

/**
 * Gives up a recovery that failed or was stopped: its table can be recovered anew. What was repaired stays repaired,
 * what was restored stays; a redrive afterwards writes nothing, since the lock is gone.
 */
export async function abandon(recovery: Recovery, by: string, deps: Dependencies): Promise<void> {
  const { recoveryId, table, executionArn } = recovery;
  if (await isRunning(executionArn, deps))
    throw new InvalidAnswer(
      `Recovery "${recoveryId}" is running: answer what it asks, or stop it first (aws stepfunctions stop-execution --execution-arn ${executionArn}).`,
    );
  if (isFrozen((await readOnlyRecord(recoveryId, deps)) ?? { state: "off" }))
    throw new InvalidAnswer(
      `Recovery "${recoveryId}" still freezes table "${table.tableName}": lift the freeze first. ${liftCommand(deps.environment, recovery)}`,
    );
  const now = deps.now();
  await deps.recoveries.putOnce(recoveryId, abandonedRecord, { by, at: now.toISOString() } satisfies Abandoned);
  const status = await deps.recoveries.get<RecoveryStatus>(recoveryId, "status");
  await deps.recoveries.setStatus(recoveryId, now, { state: "abandoned", outcome: status?.outcome ?? "Abandoned" });
  await giveTableBack(recovery, deps);
}
