import { type Approval, approvalRecord, DECISIONS, type Decision, planRecord } from "../answers/records.ts";
import { addPart, noRepairs, type RepairSummary } from "../apply/repair-summary.ts";
import { TRIAL_PART } from "../apply/trial.ts";
import type { VerifiedPart } from "../apply/verify-entries.ts";
import type { EvidenceRecord } from "../evidence/evidence-record.ts";
import type { PlanRecord, PlanSummary } from "../plan/plan-record.ts";
import type { ReadOnlyRecord } from "../read-only/read-only-record.ts";
import { isoSeconds } from "../request/parse-time.ts";
import type { Health } from "../run-health-check.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** `report.json`: everything that happened, for people and for programs. Values of items stand only here and in S3. */
export interface Report {
  readonly recoveryId: string;
  readonly table: string;
  readonly outcome: string;
  readonly executionArn: string;
  readonly reason?: string;
  readonly times: {
    readonly restoreDateTime: string;
    readonly incidentEnd?: string;
    readonly startedAt: string;
    readonly endedAt: string;
  };
  readonly readOnly: ReadOnlyRecord | { readonly state: "off" };
  /** Seconds from the first denied probe to the lift, or to the report where it is still up. */
  readonly frozenSeconds: number;
  readonly evidence?: EvidenceRecord;
  readonly plan?: Omit<PlanSummary, "candidates">;
  readonly approval?: Omit<Approval, "rules">;
  /** Answers to what was not as planned, the first one first. */
  readonly decisions: readonly Decision[];
  readonly repairs: RepairSummary;
  readonly health?: Health;
  readonly sideEffects: readonly string[];
  /** What is left to a person, in plain sentences. */
  readonly toDo: readonly string[];
}

/** Gathers the report from the records of a recovery; a recovery that ended early has fewer of them. */
export async function buildReport(
  recovery: Recovery,
  end: { readonly outcome: string; readonly round: number; readonly planHash: string },
  deps: Dependencies,
): Promise<Report> {
  const { recoveryId, restoreDateTime, incidentEnd, request } = recovery;
  const { recoveries, artifacts } = deps;
  const endedAt = deps.now().toISOString();
  const readOnly = (await recoveries.get<ReadOnlyRecord>(recoveryId, "read-only")) ?? ({ state: "off" } as const);
  const evidence = await recoveries.get<EvidenceRecord>(recoveryId, "evidence");
  const planned = await recoveries.get<PlanRecord>(recoveryId, planRecord(end.round));
  const approval = await recoveries.get<Approval>(recoveryId, approvalRecord(end.round));
  const decisions: Decision[] = [];
  for await (const { document } of recoveries.list<Decision>(recoveryId, DECISIONS)) decisions.push(document);
  const health = await recoveries.get<Health>(recoveryId, "health");
  const repairs = await repairSummary(recoveryId, end.planHash, deps);
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
    ...(planned
      ? { plan: withoutCandidates(await artifacts.getJson<PlanSummary>(recoveryId, `plan/${end.round}/plan.json`)) }
      : {}),
    ...(approval ? { approval: withoutRules(approval) } : {}),
    decisions,
    repairs,
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

export function frozenSeconds(readOnly: Report["readOnly"], endedAt: string): number {
  if (!("frozenFrom" in readOnly) || !readOnly.frozenFrom) return 0;
  const until = readOnly.liftedAt ?? endedAt;
  return Math.max(0, Math.round((Date.parse(until) - Date.parse(readOnly.frozenFrom)) / 100) / 10);
}

export function isFrozen(readOnly: Report["readOnly"]): boolean {
  return !["off", "lifted", "lifted-continue"].includes(readOnly.state);
}

function toDo(report: Omit<Report, "toDo">): string[] {
  const { repairs, outcome } = report;
  const sentences: string[] = [];
  if (isFrozen(report.readOnly))
    sentences.push("The table is still frozen: lift it once it may be written again (the command is below).");
  if (outcome === "Stopped" && repairs.outcomes.written)
    sentences.push(
      "Some items were repaired before the recovery stopped: the journal says which; a new recovery goes on from there.",
    );
  if (repairs.leftCount > 0)
    sentences.push(
      `${repairs.leftCount} items are left for a person to decide: they are listed with the reason for each.`,
    );
  if (repairs.createdCount > 0)
    sentences.push(`${repairs.createdCount} items were created by the incident or since, and were left as they are.`);
  const kept = Object.values(report.evidence?.tables ?? {}).flatMap(({ tableName, deletedAt }) =>
    deletedAt ? [] : [tableName],
  );
  if (kept.length > 0)
    sentences.push(`Restored tables are kept, and cost storage until they are deleted: ${kept.join(", ")}.`);
  for (const effect of report.sideEffects) sentences.push(`Mind what follows the table: ${effect}.`);
  return sentences;
}
