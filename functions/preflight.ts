import type { RecoveryRequest, StepInput, StepOutput } from "./contracts.ts";
import { checkGuards } from "./read-only/check-guards.ts";
import { checkAttributes } from "./request/check-attributes.ts";
import { checkKeyList } from "./request/check-key-list.ts";
import { checkKeys } from "./request/check-keys.ts";
import { checkNameForm, checkNameIsFree } from "./request/check-name.ts";
import { chooseEvidence } from "./request/choose-evidence.ts";
import { chooseGuards } from "./request/choose-guards.ts";
import { chooseKeySource } from "./request/choose-key-source.ts";
import { keySchemaOf } from "./request/key-schema.ts";
import { describeLiveTable, timeToLiveAttribute } from "./request/live-table.ts";
import { parseRequest } from "./request/parse-request.ts";
import { findProtectedTable } from "./request/protected-tables.ts";
import { checkRestoreWindow, incidentTimes } from "./request/restore-window.ts";
import { findSideEffects } from "./request/side-effects.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { InvalidRequest, TableLocked } from "./runtime/errors.ts";
import type { Recovery } from "./runtime/recovery.ts";
import { step } from "./runtime/step.ts";

/** Finds what would fail later, and changes nothing before everything is known to be right. */
export async function preflight(input: StepInput<"Preflight">, deps: Dependencies): Promise<StepOutput<"Preflight">> {
  try {
    const { recovery, request } = await examine(input, deps);
    await begin(recovery, request, deps);
    return {
      table: recovery.table.tableName,
      mode: request.mode,
      freeze: recovery.guards.length === 0 || request.readOnly === "none" ? "never" : request.readOnly.when,
      // A Task's TimeoutSeconds must be at least 1.
      approvalTimeoutSeconds: Math.max(1, Math.round(request.approval.timeoutHours * 3600)),
      approvalOnTimeout: request.approval.onTimeout,
      concurrency: request.concurrency,
      evidence: recovery.evidence,
      keySource: recovery.keySource,
      planFrom: recovery.planFrom ?? "none",
    };
  } catch (error) {
    if (error instanceof InvalidRequest || error instanceof TableLocked)
      error.message = `${error.message} ${again(input)}`;
    throw error;
  }
}

function again({ recoveryId }: StepInput<"Preflight">): string {
  return `Nothing was changed. Choose "New execution" to try again: the name "${recoveryId}" is used up for 90 days.`;
}

/** Reads alone; what the request says by itself is judged before anything is asked of AWS. */
async function examine(input: StepInput<"Preflight">, deps: Dependencies) {
  const { aws, environment } = deps;
  const { recoveryId } = input;
  checkNameForm(recoveryId);
  const request = parseRequest(input.request);
  const startedAt = new Date(input.startTime);
  const times = incidentTimes(request, startedAt);
  const descriptor = await findProtectedTable(aws.ssm, environment.TABLES_PATH, request.table);
  const guards = chooseGuards(request, descriptor);
  await checkNameIsFree(recoveryId, startedAt, deps);
  const table = await describeLiveTable(request.table, aws);
  const keySchema = keySchemaOf(table);
  checkKeys(request, keySchema);
  checkAttributes(request, keySchema, descriptor);
  await checkRestoreWindow(request, times, aws);
  await checkKeyList(request, deps);
  const ttlAttribute = await timeToLiveAttribute(request.table, aws);
  const evidence = chooseEvidence(request);
  const { keys: _inline, decisions: _decided, ...rest } = request;
  const recovery: Recovery = {
    recoveryId,
    executionArn: input.executionArn,
    startedAt: startedAt.toISOString(),
    table: descriptor,
    tableArn: table.TableArn ?? "",
    tableId: table.TableId ?? "",
    keySchema,
    ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
    request: rest,
    keySource: chooseKeySource(request, evidence.evidence),
    ...evidence,
    ...times,
    guards,
    sideEffects: await findSideEffects(aws, descriptor, table),
  };
  // Asked before the guards: those of a recovery that is under way stand, and say less about who put them there.
  if (request.mode === "repair") await deps.recoveries.assertNotLocked(request.table, recoveryId);
  await checkGuards(recovery, deps);
  return { recovery, request };
}

/** The first write of a recovery: lock, record, request. A retry finds what the first try left and goes on. */
async function begin(recovery: Recovery, request: RecoveryRequest, deps: Dependencies): Promise<void> {
  const { recoveryId, executionArn, table } = recovery;
  const now = deps.now();
  // A plan reads only, so it may run beside a recovery of the same table.
  if (request.mode === "repair")
    await deps.recoveries.acquireLock(table.tableName, { recoveryId, executionArn, acquiredAt: now.toISOString() });
  await deps.recoveries.putOnce(recoveryId, "recovery", recovery);
  await deps.artifacts.putJson(recoveryId, "request.json", request);
  await deps.recoveries.setStatus(recoveryId, now, {
    state: "started",
    table: table.tableName,
    startedAt: recovery.startedAt,
  });
}

export const handler = step("Preflight", preflight);
