/** Requests that name an earlier recovery: what they take from it, and whether they may. */
import { RecoveryRequest, type StoredPlanRequest, type UndoRequest } from "../contracts.ts";
import { latestPlan } from "../plan/latest-plan.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import type { Recovery, RecoveryStatus } from "../runtime/recovery.ts";
import { findEarlier, refuseIfHeld, writtenBetween } from "./earlier-recovery.ts";
import { isoSeconds } from "./parse-time.ts";

/** What a rerun takes from the earlier recovery, before it is looked up how the table is protected now. */
export interface ResolvedRerun {
  readonly earlier: Recovery;
  /** The request that it amounts to. */
  readonly request: RecoveryRequest;
  readonly recovery: Pick<
    Recovery,
    | "keySource"
    | "evidence"
    | "evidenceReason"
    | "evidenceFrom"
    | "backupArn"
    | "planFrom"
    | "undoOf"
    | "restoreDateTime"
    | "incidentEnd"
  >;
}

/** An undo: the earlier recovery's writes are the incident. */
export async function resolveUndo(recoveryId: string, asked: UndoRequest, deps: Dependencies): Promise<ResolvedRerun> {
  const named = { field: "undo", id: asked.undo, table: asked.table };
  const earlier = await findEarlier(recoveryId, named, deps);
  await refuseIfHeld(named, earlier, deps);
  const written = await writtenBetween(asked.undo, deps);
  if (!written)
    throw new InvalidRequest(
      `Field "undo" is "${asked.undo}", a recovery that wrote nothing to table "${earlier.table.tableName}": there is nothing to take back.`,
    );
  const { tenants } = earlier.request;
  const request = RecoveryRequest.parse({
    ...settingsOf(asked),
    table: earlier.table.tableName,
    restoreDateTime: isoSeconds(written.first - 1),
    ...(tenants ? { tenants } : {}),
    conflicts: "skip",
    created: "delete",
  });
  return {
    earlier,
    request,
    recovery: {
      keySource: "evidence",
      evidence: "journal",
      evidenceReason: `the journals of recovery "${asked.undo}", whose writes are taken back`,
      undoOf: asked.undo,
      restoreDateTime: written.first - 1,
      incidentEnd: written.last,
    },
  };
}

/** A stored plan: the earlier recovery as it was, but for what the request says of freeze and approval. */
export async function resolveStoredPlan(
  recoveryId: string,
  asked: StoredPlanRequest,
  deps: Dependencies,
): Promise<ResolvedRerun> {
  const named = { field: "plan", id: asked.plan, table: asked.table };
  const earlier = await findEarlier(recoveryId, named, deps);
  await refuseIfHeld(named, earlier, deps);
  await refuseIfNotOver(asked.plan, deps);
  if (await writtenBetween(asked.plan, deps))
    throw new InvalidRequest(
      `Field "plan" is "${asked.plan}", a recovery whose plan was carried out, at least in part: start a recovery that plans from the table as it is, or take that one back first ({ "undo": "${asked.plan}" }).`,
    );
  if (!(await latestPlan(asked.plan, deps)))
    throw new InvalidRequest(
      `Field "plan" is "${asked.plan}", a recovery that ended before it had a plan: start one that makes its own.`,
    );
  const { reason: _reason, ...asPlanned } = earlier.request;
  const { incidentEnd, evidenceFrom = earlier.recoveryId, backupArn } = earlier;
  const request = { ...asPlanned, ...settingsOf(asked), mode: "repair" } as const;
  // The evidence is there already: there is no later moment to freeze at.
  const readOnly = request.readOnly === "none" ? request.readOnly : ({ ...request.readOnly, when: "start" } as const);
  return {
    earlier,
    request: { ...request, readOnly },
    recovery: {
      keySource: earlier.keySource,
      evidence: earlier.evidence,
      evidenceReason: `the stored plan of recovery "${asked.plan}", made from: ${earlier.evidenceReason}`,
      evidenceFrom,
      ...(backupArn === undefined ? {} : { backupArn }),
      planFrom: asked.plan,
      ...(earlier.undoOf === undefined ? {} : { undoOf: earlier.undoOf }),
      restoreDateTime: earlier.restoreDateTime,
      ...(incidentEnd === undefined ? {} : { incidentEnd }),
    },
  };
}

/** A recovery that plans only holds no table. */
async function refuseIfNotOver(id: string, deps: Dependencies): Promise<void> {
  const status = await deps.recoveries.get<RecoveryStatus>(id, "status");
  if (status?.outcome || (await deps.recoveries.get(id, "ended"))) return;
  throw new InvalidRequest(
    `Field "plan" is "${id}", a recovery that is still making its plan: wait until it has ended.`,
  );
}

/** What the new request says itself; what it leaves out has the defaults of any request. */
function settingsOf(asked: UndoRequest | StoredPlanRequest) {
  const { readOnly, onFailure, approval, concurrency, reason } = asked;
  return { readOnly, onFailure, approval, concurrency, ...(reason === undefined ? {} : { reason }) };
}
