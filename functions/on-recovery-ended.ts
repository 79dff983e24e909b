import { z } from "zod";
import { causeText, type Ended } from "./report/ended-message.ts";
import { redriveCommand } from "./runtime/commands.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { notify } from "./runtime/notify.ts";
import type { Lock } from "./runtime/recoveries.ts";
import type { Recovery } from "./runtime/recovery.ts";
import { recoveryIdOf } from "./runtime/resumed-as.ts";
import { lambdaHandler } from "./runtime/step.ts";
import type { Pause } from "./watch/call-step.ts";
import { lookAtExecution, type Standing } from "./watch/look-at-execution.ts";
import { tellEnd } from "./watch/tell-end.ts";

/** "Step Functions Execution Status Change", as far as we read it. */
const ExecutionEnded = z.object({
  detail: z.object({
    executionArn: z.string(),
    name: z.string(),
    stateMachineArn: z.string(),
    status: z.enum(["FAILED", "TIMED_OUT", "ABORTED"]),
    /** Epoch milliseconds; a redrive does not change it. */
    startDate: z.number(),
    stopDate: z.number().nullish(),
    /** With the execution it names this end: a failure after a redrive is another one. */
    redriveCount: z.number().nullish(),
    input: z.string().nullish(),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});
type ExecutionEnded = z.infer<typeof ExecutionEnded>;
type Detail = ExecutionEnded["detail"];

/**
 * After an execution failed, timed out or was stopped: writes down what is still frozen, restored and repaired, tells
 * people with the commands to go on, and lifts the freeze where the request said so. The same event again changes nothing.
 */
export async function onRecoveryEnded(
  { detail }: ExecutionEnded,
  deps: Dependencies,
  pause?: Pause,
): Promise<Ended | undefined> {
  // Children of a Distributed Map emit events of their own; the rule leaves them out, and so do we.
  if (detail.stateMachineArn !== deps.environment.STATE_MACHINE_ARN) return undefined;
  const recoveryId = await recoveryIdOf(detail.name, deps);
  const recovery = await deps.recoveries.get<Recovery>(recoveryId, "recovery");
  if (!recovery || !isOf(recovery, detail)) return didNotBegin(detail, deps);
  const { executionArn, status, stopDate, error, cause } = detail;
  const standing = await lookAtExecution(executionArn, deps);
  const end = {
    executionArn,
    status,
    redriveCount: detail.redriveCount ?? redriveCountOf(standing),
    stoppedAt: stopDate ?? undefined,
    error,
    cause,
  };
  return tellEnd(recovery, end, standing, deps, pause);
}

/** For an event that does not say: that of the end that Step Functions knows. Taken for 0 a redrive's failure would be told by nobody. */
function redriveCountOf(standing: Standing): number {
  if (standing.is === "ended") return standing.end.redriveCount;
  return standing.is === "running" ? standing.redriveCount : 0;
}

/** A name may be taken again after 90 days: an event of that other execution is none of this recovery's. */
function isOf({ executionArn, startedAt, resumedAt, earlierExecutions = [] }: Recovery, detail: Detail): boolean {
  // One that was superseded is known by its ARN alone, and its end is ignored.
  if (executionArn !== detail.executionArn) return earlierExecutions.includes(detail.executionArn);
  return Math.abs(Date.parse(resumedAt ?? startedAt) - detail.startDate) < 1000;
}

/**
 * Preflight refused the request; or it was killed between the lock and the record, which a redrive mends. Nothing is
 * written down, since a refused request changes nothing: the same event again is told again.
 */
async function didNotBegin(detail: Detail, deps: Dependencies): Promise<Ended> {
  const table = tableOf(detail.input);
  const lock = table === undefined ? undefined : await deps.recoveries.get<Lock>("lock", table);
  await notify(deps, `Backstitch: ${detail.name} did not begin`, [
    `Execution ${detail.executionArn} ended ${detail.status} before it changed anything.`,
    causeText(detail.cause),
    ...(lock?.recoveryId === detail.name
      ? [`It holds table ${table} all the same, and gives it back at its end. Redrive it:`, redriveCommand(detail)]
      : []),
  ]);
  return {
    status: detail.status,
    ...(detail.error ? { error: detail.error } : {}),
    at: deps.now().toISOString(),
    frozen: false,
    lifted: false,
    partsBegun: 0,
    restoredTables: [],
  };
}

function tableOf(input: string | null | undefined): string | undefined {
  const request = z.object({ table: z.string() });
  try {
    return request.safeParse(JSON.parse(input ?? "null")).data?.table;
  } catch {
    return undefined;
  }
}

export const handler = lambdaHandler("OnRecoveryEnded", ExecutionEnded, (event, deps) => onRecoveryEnded(event, deps));
