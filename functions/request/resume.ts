/** `{ resume }`: a new execution goes on with a recovery that failed, as that recovery. */
import { abandonedRecord } from "../answers/abandon.ts";
import type { ResumeRequest, StepInput, StepOutput } from "../contracts.ts";
import { latestPlan } from "../plan/latest-plan.ts";
import { isThawedKnowingly, readOnlyRecord } from "../read-only/read-only-record.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { executionStatus, isUnderWay } from "../runtime/execution-status.ts";
import type { Recovery, RecoveryStatus } from "../runtime/recovery.ts";
import { noteExecution } from "../runtime/resumed-as.ts";
import { watchOver } from "../watch/watched.ts";
import { checkNameIsFree } from "./check-name.ts";
import { checkSameTable, findEarlier } from "./earlier-recovery.ts";
import { keySchemaOf } from "./key-schema.ts";
import { describeLiveTable } from "./live-table.ts";
import { findProtectedTable } from "./protected-tables.ts";

type Execution = Omit<StepInput<"Preflight">, "request">;

/** Ends that leave something to go on with. */
const RESUMABLE_OUTCOMES = [undefined, "Stopped"];
/** Its last step did its work, and its answer got lost: it is red, may hold its lock, and may have told nobody. */
const NOT_GREEN = ["FAILED", "TIMED_OUT", "ABORTED"];

/** Takes a recovery over: its records, its lock and its freeze stay as they are. Again, by the same execution, it is the same. */
export async function resume(
  execution: Execution,
  asked: ResumeRequest,
  deps: Dependencies,
): Promise<StepOutput<"Preflight">> {
  const earlier = await findEarlier(
    execution.recoveryId,
    { field: "resume", id: asked.resume, table: asked.table },
    deps,
  );
  // A retry or a redrive of this very execution has taken it over before.
  if (earlier.executionArn !== execution.executionArn) await examine(execution, earlier, deps);
  return whereToGoOn(await takeOver(execution, asked, earlier, deps), deps);
}

/** Reads alone. */
async function examine(resuming: Execution, earlier: Recovery, deps: Dependencies): Promise<void> {
  const { recoveryId, executionArn, table, request } = earlier;
  await checkNameIsFree(resuming.recoveryId, new Date(resuming.startTime), deps);
  if (await deps.recoveries.get(recoveryId, abandonedRecord))
    throw new InvalidRequest(
      `Field "resume" is "${recoveryId}", which was given up: start a new recovery of table "${table.tableName}".`,
    );
  const status = await deps.recoveries.get<RecoveryStatus>(recoveryId, "status");
  const execution = await executionStatus(executionArn, deps);
  const isRed = status?.ending !== undefined && NOT_GREEN.includes(execution ?? "");
  if (!RESUMABLE_OUTCOMES.includes(status?.outcome) && !isRed)
    throw new InvalidRequest(
      `Field "resume" is "${recoveryId}", which ended ${status?.outcome}: there is nothing to go on with. To execute its plan start with { "plan": "${recoveryId}" }, to take back what it wrote with { "undo": "${recoveryId}" }.`,
    );
  if (isUnderWay(execution))
    throw new InvalidRequest(
      `Field "resume" is "${recoveryId}", which is running: answer what it asks, or stop it first (aws stepfunctions stop-execution --execution-arn ${executionArn}).`,
    );
  if (request.mode === "repair") await deps.recoveries.assertNotLocked(table.tableName, recoveryId);
  const descriptor = await findProtectedTable(deps.aws.ssm, deps.environment.TABLES_PATH, table.tableName);
  const live = await describeLiveTable(table.tableName, deps.aws);
  checkSameTable("resume", earlier, {
    tableId: live.TableId ?? "",
    keySchema: keySchemaOf(live),
    table: descriptor,
  });
}

/** From the first record on whoever hears of the execution finds the recovery; with the second the earlier one is superseded. */
async function takeOver(
  { recoveryId: name, executionArn, startTime }: Execution,
  asked: ResumeRequest,
  earlier: Recovery,
  deps: Dependencies,
): Promise<Recovery> {
  const { recoveryId, table } = earlier;
  const { recoveries } = deps;
  const now = deps.now();
  await noteExecution(name, recoveryId, deps);
  await watchOver({ recoveryId, executionArn }, deps);
  if (earlier.request.mode === "repair") {
    await recoveries.acquireLock(table.tableName, { recoveryId, executionArn, acquiredAt: now.toISOString() });
    await recoveries.handOnLock(table.tableName, { recoveryId, executionArn });
  }
  const recovery = await recoveries.update<Recovery>(recoveryId, "recovery", (before) => {
    if (before?.executionArn === executionArn) return before;
    if (before?.executionArn !== earlier.executionArn)
      throw new InvalidRequest(
        `Field "resume" is "${recoveryId}", which ${before?.executionArn ?? "nobody"} has resumed at the same moment: leave it to that execution.`,
      );
    return {
      ...before,
      executionArn,
      resumedAt: new Date(startTime).toISOString(),
      earlierExecutions: [...(before.earlierExecutions ?? []), before.executionArn],
      ...(asked.concurrency === undefined ? {} : { request: { ...before.request, concurrency: asked.concurrency } }),
    };
  });
  const status = await recoveries.get<RecoveryStatus>(recoveryId, "status");
  // One that ended Stopped goes on before its end; one that failed while it ended goes on with that.
  const again = status?.outcome === "Stopped" ? { outcome: undefined, report: undefined, ending: undefined } : {};
  await recoveries.setStatus(recoveryId, now, { state: "resumed", ...again });
  return recovery;
}

async function whereToGoOn(recovery: Recovery, deps: Dependencies): Promise<StepOutput<"Preflight">> {
  const { recoveryId, table, request, guards } = recovery;
  const status = await deps.recoveries.get<RecoveryStatus>(recoveryId, "status");
  const hasPlan = (await latestPlan(recoveryId, deps)) !== undefined;
  const isThawed = isThawedKnowingly(await readOnlyRecord(recoveryId, deps));
  const mustFreeze = guards.length > 0 && request.readOnly !== "none" && !isThawed;
  const when = request.readOnly === "none" || hasPlan ? "start" : request.readOnly.when;
  const { outcome = "Stopped", round = 0, approvedHash = "none" } = status?.ending ?? {};
  return {
    recoveryId,
    table: table.tableName,
    mode: request.mode,
    freeze: mustFreeze ? when : "never",
    approvalTimeoutSeconds: Math.max(1, Math.round(request.approval.timeoutHours * 3600)),
    approvalOnTimeout: request.approval.onTimeout,
    concurrency: request.concurrency,
    evidence: recovery.evidence,
    keySource: recovery.keySource,
    planFrom: hasPlan ? recoveryId : (recovery.planFrom ?? "none"),
    ending: status?.ending !== undefined,
    outcome,
    round,
    approvedHash,
  };
}
