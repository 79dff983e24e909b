import { InvokeCommand } from "@aws-sdk/client-lambda";
import { z } from "zod";
import type { EvidenceRecord } from "./evidence/evidence-record.ts";
import type { ReadOnlyRecord } from "./read-only/read-only-record.ts";
import { isFrozen } from "./report/build-report.ts";
import { freezeCommand, liftCommand, redriveCommand } from "./runtime/commands.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { notify } from "./runtime/notify.ts";
import type { Recovery, RecoveryStatus } from "./runtime/recovery.ts";
import { lambdaHandler } from "./runtime/step.ts";

/** "Step Functions Execution Status Change", as far as we read it. */
const ExecutionEnded = z.object({
  detail: z.object({
    executionArn: z.string(),
    name: z.string(),
    stateMachineArn: z.string(),
    status: z.enum(["FAILED", "TIMED_OUT", "ABORTED"]),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});
type ExecutionEnded = z.infer<typeof ExecutionEnded>;

/** Record `ended`: what an execution that did not succeed left behind. */
export interface Ended {
  readonly status: string;
  readonly error?: string;
  readonly at: string;
  readonly frozen: boolean;
  readonly lifted: boolean;
  readonly restoredTables: readonly string[];
}

/**
 * After an execution failed, timed out or was stopped: writes down what is still frozen, restored and repaired, tells
 * people with the commands to go on, and lifts the freeze where the request said so.
 */
export async function onRecoveryEnded({ detail }: ExecutionEnded, deps: Dependencies): Promise<Ended | undefined> {
  // Children of a Distributed Map emit events of their own; the rule leaves them out, and so do we.
  if (detail.stateMachineArn !== deps.environment.STATE_MACHINE_ARN) return undefined;
  const at = deps.now().toISOString();
  const recovery = await deps.recoveries.get<Recovery>(detail.name, "recovery");
  if (!recovery) {
    await notify(deps, `Backstitch: ${detail.name} did not begin`, [
      `Execution ${detail.executionArn} ended ${detail.status} before it changed anything.`,
      causeText(detail.cause),
    ]);
    return { status: detail.status, at, frozen: false, lifted: false, restoredTables: [] };
  }
  const { recoveryId, request } = recovery;
  const status = await deps.recoveries.get<RecoveryStatus>(recoveryId, "status");
  const frozen = isFrozen((await deps.recoveries.get<ReadOnlyRecord>(recoveryId, "read-only")) ?? { state: "off" });
  // A person who chose to stop chose to keep the freeze: onFailure is for what nobody decided.
  const lifted =
    frozen && request.onFailure === "lift" && status?.outcome === undefined && (await lift(recovery, deps));
  const evidence = await deps.recoveries.get<EvidenceRecord>(recoveryId, "evidence");
  const ended: Ended = {
    status: detail.status,
    ...(detail.error ? { error: detail.error } : {}),
    at,
    frozen: frozen && !lifted,
    lifted,
    restoredTables: Object.values(evidence?.tables ?? {}).flatMap(({ tableName, deletedAt }) =>
      deletedAt ? [] : [tableName],
    ),
  };
  await deps.recoveries.put(recoveryId, "ended", ended);
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: `execution ${detail.status}` });
  await tell(recovery, ended, detail, status, deps);
  return ended;
}

async function lift({ recoveryId, table }: Recovery, { aws, environment, logger }: Dependencies): Promise<boolean> {
  const { FunctionError } = await aws.lambda.send(
    new InvokeCommand({
      FunctionName: `${environment.FUNCTION_PREFIX}-lift-read-only`,
      Payload: new TextEncoder().encode(JSON.stringify({ recoveryId, table: table.tableName })),
    }),
  );
  if (FunctionError) logger.error("The freeze could not be lifted", { recoveryId, FunctionError });
  return !FunctionError;
}

async function tell(
  recovery: Recovery,
  ended: Ended,
  detail: ExecutionEnded["detail"],
  status: RecoveryStatus | undefined,
  deps: Dependencies,
): Promise<void> {
  const { table, recoveryId } = recovery;
  const { environment } = deps;
  const stopped = status?.outcome !== undefined;
  await notify(
    deps,
    `Backstitch: ${table.tableName} ${ended.frozen ? "IS STILL FROZEN" : "is not frozen"}; its recovery ${stopped ? "was stopped" : "failed"}`,
    [
      `Recovery ${recoveryId} of table ${table.tableName} ended ${detail.status}${detail.error ? ` with ${detail.error}` : ""}.`,
      status?.lastError
        ? `${status.lastError.step}: ${status.lastError.name}: ${status.lastError.message}`
        : causeText(detail.cause),
      ended.frozen
        ? "The table is still frozen: its application can't write."
        : ended.lifted
          ? 'The freeze was lifted, since the request says "onFailure": "lift".'
          : "The table is not frozen.",
      ...(ended.restoredTables.length ? [`Restored tables are kept: ${ended.restoredTables.join(", ")}.`] : []),
      ...(stopped ? [] : ["Go on where it failed, once the cause is mended:", redriveCommand(recovery)]),
      ...(ended.frozen ? ["Lift the freeze:", liftCommand(environment, recovery)] : []),
      ...(ended.lifted ? ["Freeze again before a redrive:", freezeCommand(environment, recovery)] : []),
    ],
  );
}

/** A Lambda's cause is JSON of which the message alone is for people. */
function causeText(cause: string | null | undefined): string {
  if (!cause) return "No cause was given.";
  try {
    const { errorType, errorMessage } = JSON.parse(cause) as { errorType?: string; errorMessage?: string };
    return errorMessage ? `${errorType}: ${errorMessage}` : cause;
  } catch {
    return cause;
  }
}

export const handler = lambdaHandler("OnRecoveryEnded", ExecutionEnded, onRecoveryEnded);
