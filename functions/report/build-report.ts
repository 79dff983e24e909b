import { type Approval, approvalRecord, DECISIONS, type Decision, planRecord } from "../answers/records.ts";
import { addPart, noRepairs, type RepairSummary } from "../apply/repair-summary.ts";
import { TRIAL_PART } from "../apply/trial.ts";
import type { VerifiedPart } from "../apply/verify-entries.ts";
import type { EvidenceRecord } from "../evidence/evidence-record.ts";
import type { ExportRecord } from "../evidence/export/export-record.ts";
import type { KeysRecord } from "../key-sources/key-parts.ts";
import type { PlanRecord, PlanSummary } from "../plan/plan-record.ts";
import type { ReadOnlyRecord } from "../read-only/read-only-record.ts";
import { isoSeconds } from "../request/parse-time.ts";
import type { Health } from "../run-health-check.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { followUpOf } from "./follow-up.ts";
import { writeLeftLists } from "./left-lists.ts";
import { frozenSeconds, type Report } from "./report.ts";
import { toDo } from "./to-do.ts";

export type { Report } from "./report.ts";

/** Gathers the report from the records of a recovery, and writes its lists; one that ended early has fewer of them. */
export async function buildReport(
  recovery: Recovery,
  end: { readonly outcome: string; readonly round: number; readonly planHash: string },
  deps: Dependencies,
): Promise<Report> {
  const { recoveryId, restoreDateTime, incidentEnd, request } = recovery;
  const { recoveries, artifacts } = deps;
  const endedAt = deps.now().toISOString();
  const readOnly = (await recoveries.get<ReadOnlyRecord>(recoveryId, "read-only")) ?? ({ state: "off" } as const);
  const evidence = await recoveries.get<EvidenceRecord | ExportRecord>(recoveryId, "evidence");
  const keys = await recoveries.get<KeysRecord>(recoveryId, "keys");
  const planned = await recoveries.get<PlanRecord>(recoveryId, planRecord(end.round));
  const approval = await recoveries.get<Approval>(recoveryId, approvalRecord(end.round));
  const decisions: Decision[] = [];
  for await (const { document } of recoveries.list<Decision>(recoveryId, DECISIONS)) decisions.push(document);
  const health = await recoveries.get<Health>(recoveryId, "health");
  const repairs = await repairSummary(recoveryId, end.planHash, deps);
  const followUp = followUpOf(recovery, repairs);
  const report: Omit<Report, "toDo"> = {
    recoveryId,
    table: recovery.table.tableName,
    outcome: end.outcome,
    executionArn: recovery.executionArn,
    ...(request.reason === undefined ? {} : { reason: request.reason }),
    times: {
      restoreDateTime: isoSeconds(restoreDateTime),
      ...(incidentEnd === undefined ? {} : { incidentEnd: isoSeconds(incidentEnd) }),
      startedAt: recovery.startedAt,
      endedAt,
    },
    readOnly,
    frozenSeconds: frozenSeconds(readOnly, endedAt),
    ...(evidence ? { evidence } : {}),
    evidenceUsed: {
      kind: recovery.evidence,
      reason: recovery.evidenceReason,
      ...(recovery.evidenceFrom === undefined ? {} : { from: recovery.evidenceFrom }),
      ...(recovery.planFrom === undefined ? {} : { planFrom: recovery.planFrom }),
      ...(recovery.undoOf === undefined ? {} : { undoOf: recovery.undoOf }),
    },
    ...(keys ? { keys } : {}),
    ...(followUp ? { followUp } : {}),
    ...(planned
      ? { plan: withoutCandidates(await artifacts.getJson<PlanSummary>(recoveryId, `plan/${end.round}/plan.json`)) }
      : {}),
    ...(approval ? { approval: withoutRules(approval) } : {}),
    decisions,
    ...(approval?.answer === "approve" ? { minutesTaken: minutesBetween(approval.at, endedAt) } : {}),
    repairs,
    lists: await writeLeftLists(recovery, end, deps),
    ...(health ? { health } : {}),
    sideEffects: recovery.sideEffects,
  };
  return { ...report, toDo: toDo(report) };
}

/** All parts added up; of a recovery that ended after its trial, the trial alone. */
async function repairSummary(
  recoveryId: string,
  planHash: string,
  { artifacts }: Dependencies,
): Promise<RepairSummary> {
  const found = async <Result>(name: string): Promise<Result | undefined> => {
    for await (const listed of artifacts.list(recoveryId, name))
      if (listed === name) return artifacts.getJson<Result>(recoveryId, name);
    return undefined;
  };
  const summary = await found<RepairSummary>(`results/${planHash}/repairs.json`);
  if (summary) return summary;
  const trial = await found<VerifiedPart>(`results/${planHash}/verify/${TRIAL_PART}.json`);
  return trial ? addPart(noRepairs(planHash), trial) : noRepairs(planHash);
}

function withoutCandidates({ candidates: _internal, ...plan }: PlanSummary): Omit<PlanSummary, "candidates"> {
  return plan;
}

function withoutRules({ rules: _inPlan, ...approval }: Approval) {
  return approval;
}

function minutesBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 6000) / 10;
}
