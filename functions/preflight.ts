import type {
  RecoveryRequest,
  ResumeRequest,
  StepInput,
  StepOutput,
  StoredPlanRequest,
  UndoRequest,
} from "./contracts.ts";
import { checkGuards } from "./read-only/check-guards.ts";
import { checkAttributes } from "./request/check-attributes.ts";
import { checkExpressions } from "./request/check-expressions.ts";
import { checkKeyList } from "./request/check-key-list.ts";
import { checkKeySource } from "./request/check-key-source.ts";
import { checkKeys } from "./request/check-keys.ts";
import { checkNameForm, checkNameIsFree } from "./request/check-name.ts";
import { checkSize } from "./request/check-size.ts";
import { chooseEvidence } from "./request/choose-evidence.ts";
import { chooseGuards } from "./request/choose-guards.ts";
import { chooseKeySource } from "./request/choose-key-source.ts";
import { type EarlierEvidence, findEarlierEvidence, timesOfEarlier } from "./request/earlier-evidence.ts";
import { checkSameTable } from "./request/earlier-recovery.ts";
import { keySchemaOf } from "./request/key-schema.ts";
import { describeLiveTable, timeToLiveAttribute } from "./request/live-table.ts";
import { type AskedFor, parseAnyRequest } from "./request/parse-request.ts";
import { findProtectedTable } from "./request/protected-tables.ts";
import { resolveStoredPlan, resolveUndo } from "./request/resolve-rerun.ts";
import { type IncidentTimes, incidentTimes } from "./request/restore-window.ts";
import { resume } from "./request/resume.ts";
import { findSideEffects } from "./request/side-effects.ts";
import { indexesOf } from "./request/table-indexes.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { InvalidRequest, TableLocked } from "./runtime/errors.ts";
import type { Recovery } from "./runtime/recovery.ts";
import { step } from "./runtime/step.ts";
import { watchOver } from "./watch/watched.ts";

/** A request that begins a recovery. */
type Beginning = Exclude<AskedFor, ResumeRequest>;

const NOT_ENDING = { ending: false, outcome: "Stopped", round: 0, approvedHash: "none" } as const;

/** Finds what would fail later, and changes nothing before everything is known to be right. */
export async function preflight(input: StepInput<"Preflight">, deps: Dependencies): Promise<StepOutput<"Preflight">> {
  try {
    checkNameForm(input.recoveryId);
    const asked = parseAnyRequest(input.request);
    if ("resume" in asked) return await resume(input, asked, deps);
    const { recovery: found, request } = await examine(input, asked, deps);
    const recovery = await begin(found, asked, deps);
    return {
      recoveryId: recovery.recoveryId,
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
      ...NOT_ENDING,
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
async function examine(input: StepInput<"Preflight">, asked: Beginning, deps: Dependencies) {
  const isRerun = "undo" in asked || "plan" in asked;
  const { recovery, request } = isRerun
    ? await examineRerun(input, asked, deps)
    : await examineIncident(input, asked, deps);
  // Asked before the guards: those of a recovery that is under way stand, and say less about who put them there.
  if (request.mode === "repair") await deps.recoveries.assertNotLocked(request.table, recovery.recoveryId);
  await checkGuards(recovery, deps);
  checkSize(recovery);
  return { recovery, request };
}

async function examineIncident(input: StepInput<"Preflight">, request: RecoveryRequest, deps: Dependencies) {
  const startedAt = new Date(input.startTime);
  const earlier = await findEarlierEvidence(input.recoveryId, request, deps);
  const times = timesOf(request, earlier, startedAt);
  const found = await findSurroundings(input, request, deps);
  const { keySchema, table } = found;
  checkKeys(request, keySchema);
  checkAttributes(request, keySchema, table);
  checkExpressions(request);
  if (earlier) checkSameTable("evidence.from", earlier.earlier, found);
  const evidence = await chooseEvidence({ request, times, startedAt, earlier }, deps);
  await checkKeyList(request, deps);
  await checkKeySource(request, table, { badSince: times.restoreDateTime + 1, startedAt }, deps.aws);
  const { keys: _inline, decisions: _decided, ...rest } = request;
  const recovery: Recovery = {
    ...found,
    request: rest,
    keySource: chooseKeySource(request, evidence.evidence),
    ...evidence,
    ...times,
  };
  return { recovery, request };
}

function timesOf(request: RecoveryRequest, earlier: EarlierEvidence | undefined, startedAt: Date): IncidentTimes {
  // Items that are deleted as they are have no incident: the last good second is now.
  if (request.deleteOnly) return { restoreDateTime: Math.floor(startedAt.getTime() / 1000) };
  return earlier ? timesOfEarlier(request, earlier, startedAt) : incidentTimes(request, startedAt);
}

/** A request that takes its table, times and rules from an earlier recovery. */
async function examineRerun(
  input: StepInput<"Preflight">,
  asked: StoredPlanRequest | UndoRequest,
  deps: Dependencies,
): Promise<{ readonly recovery: Recovery; readonly request: Recovery["request"] }> {
  const { recoveryId } = input;
  const isUndo = "undo" in asked;
  const rerun = isUndo ? await resolveUndo(recoveryId, asked, deps) : await resolveStoredPlan(recoveryId, asked, deps);
  const { request, earlier } = rerun;
  const found = await findSurroundings(input, request, deps);
  checkSameTable(isUndo ? "undo" : "plan", earlier, found);
  return { recovery: { ...found, request, ...rerun.recovery }, request };
}

/** The table as it is described and as it is now, whatever is to be done to it. */
async function findSurroundings(
  { recoveryId, executionArn, startTime }: StepInput<"Preflight">,
  request: Recovery["request"],
  deps: Dependencies,
) {
  const { aws, environment } = deps;
  const startedAt = new Date(startTime);
  const descriptor = await findProtectedTable(aws.ssm, environment.TABLES_PATH, request.table);
  const guards = chooseGuards(request, descriptor);
  await checkNameIsFree(recoveryId, startedAt, deps);
  const table = await describeLiveTable(request.table, aws);
  const ttlAttribute = await timeToLiveAttribute(request.table, aws);
  const indexes = indexesOf(table);
  return {
    recoveryId,
    executionArn,
    startedAt: startedAt.toISOString(),
    table: descriptor,
    tableArn: table.TableArn ?? "",
    tableId: table.TableId ?? "",
    ...(table.TableSizeBytes === undefined ? {} : { tableBytes: table.TableSizeBytes }),
    keySchema: keySchemaOf(table),
    ...(indexes.length === 0 ? {} : { indexes }),
    ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
    guards,
    sideEffects: await findSideEffects(aws, descriptor, table),
  };
}

/**
 * The first write of a recovery: lock, record, request. A retry finds what the first try left and goes on with that: times
 * pass, and what it would choose itself may be another evidence.
 */
async function begin(recovery: Recovery, asked: Beginning, deps: Dependencies): Promise<Recovery> {
  const { recoveryId, executionArn, table, request } = recovery;
  const now = deps.now();
  // A plan reads only, so it may run beside a recovery of the same table.
  if (request.mode === "repair")
    await deps.recoveries.acquireLock(table.tableName, { recoveryId, executionArn, acquiredAt: now.toISOString() });
  await watchOver(recovery, deps);
  const isFirst = await deps.recoveries.putOnce(recoveryId, "recovery", recovery);
  await deps.artifacts.putJson(recoveryId, "request.json", asked);
  await deps.recoveries.setStatus(recoveryId, now, {
    state: "started",
    table: table.tableName,
    startedAt: recovery.startedAt,
  });
  return isFirst ? recovery : deps.recoveries.load(recoveryId);
}

export const handler = step("Preflight", preflight);
