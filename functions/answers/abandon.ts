import { giveTableBack } from "../apply/earlier-writers.ts";
import { readOnlyRecord } from "../read-only/read-only-record.ts";
import { isFrozen } from "../report/report.ts";
import { liftCommand } from "../runtime/commands.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidAnswer } from "../runtime/errors.ts";
import { isRunning } from "../runtime/execution-status.ts";
import type { Recovery, RecoveryStatus } from "../runtime/recovery.ts";
import { partsBegun, restoredTables } from "../watch/what-stands.ts";

export const abandonedRecord = "abandoned";

/** Record `abandoned`: who gave a failed or stopped recovery up. */
export interface Abandoned {
  readonly by: string;
  readonly at: string;
}

/**
 * Gives up a recovery that failed or was stopped: its table can be recovered anew. What was repaired stays repaired,
 * what was restored stays; a redrive afterwards writes nothing, since the lock is gone. Answers what stays as it is.
 */
export async function abandon(recovery: Recovery, by: string, deps: Dependencies): Promise<string[]> {
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
  const stays = await whatStays(recovery, deps);
  await giveTableBack(recovery, deps);
  return stays;
}

async function whatStays({ recoveryId, table }: Recovery, deps: Dependencies): Promise<string[]> {
  const parts = await partsBegun(recoveryId, deps);
  const restored = await restoredTables(recoveryId, deps);
  return [
    parts > 0
      ? `What was repaired stays repaired: ${parts} part(s) were begun. To take that back start with { "undo": "${recoveryId}" }.`
      : `Nothing was written to table "${table.tableName}".`,
    `The table is free for another recovery, and nothing of this one freezes it.`,
    ...(restored.length > 0
      ? [
          `Restored tables stay until they expire: ${restored.join(", ")}; another recovery reads them with { "evidence": { "from": "${recoveryId}" } }.`,
        ]
      : []),
  ];
}
