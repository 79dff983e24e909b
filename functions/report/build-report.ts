import { type Approval, approvalRecord, DECISIONS, type Decision, planRecord } from "../answers/records.ts";
import { addPart, noRepairs, type RepairSummary } from "../apply/repair-summary.ts";
import { TRIAL_PART } from "../apply/trial.ts";
import type { VerifiedPart } from "../apply/verify-entries.ts";
import { type EvidenceKind, MAX_INLINE_KEYS, type RecoveryRequest, type RequestKey } from "../contracts.ts";
import type { EvidenceRecord, RestoredTable } from "../evidence/evidence-record.ts";
import type { ExportRecord } from "../evidence/export/export-record.ts";
import type { KeysRecord } from "../key-sources/key-parts.ts";
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
  /** What was restored or exported; missing where the evidence was there already. */
  readonly evidence?: EvidenceRecord | ExportRecord;
  /** Where the images came from, and why from there. */
  readonly evidenceUsed: {
    readonly kind: EvidenceKind;
    readonly reason: string;
    /** The recovery whose restored tables or exports were read. */
    readonly from?: string;
    readonly planFrom?: string;
    readonly undoOf?: string;
  };
  /** What the key source named, and what it can't see. */
  readonly keys?: KeysRecord;
  readonly plan?: Omit<PlanSummary, "candidates">;
  readonly approval?: Omit<Approval, "rules">;
  /** Answers to what was not as planned, the first one first. */
  readonly decisions: readonly Decision[];
  readonly repairs: RepairSummary;
  readonly health?: Health;
  readonly sideEffects: readonly string[];
  /** A request that decides what is left, item by item, on the same evidence: change the decisions and start it. */
  readonly followUp?: Pick<RecoveryRequest, "table" | "evidence" | "decisions">;
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
  const evidence = await recoveries.get<EvidenceRecord | ExportRecord>(recoveryId, "evidence");
  const keys = await recoveries.get<KeysRecord>(recoveryId, "keys");
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
    evidenceUsed: {
      kind: recovery.evidence,
      reason: recovery.evidenceReason,
      ...(recovery.evidenceFrom === undefined ? {} : { from: recovery.evidenceFrom }),
      ...(recovery.planFrom === undefined ? {} : { planFrom: recovery.planFrom }),
      ...(recovery.undoOf === undefined ? {} : { undoOf: recovery.undoOf }),
    },
    ...(keys ? { keys } : {}),
    ...followUpOf(recovery, repairs),
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

/** Everything that is left is kept as it is until somebody decides otherwise: nothing is reverted by a request sent unread. */
function followUpOf(recovery: Recovery, { left, created }: RepairSummary): Pick<Report, "followUp"> {
  const { recoveryId, evidence, evidenceFrom, table } = recovery;
  const open = [...left.map(({ key }) => key), ...created].slice(0, MAX_INLINE_KEYS);
  if (open.length === 0 || (evidence !== "restore" && evidence !== "export")) return {};
  return {
    followUp: {
      table: table.tableName,
      evidence: { from: evidenceFrom ?? recoveryId },
      decisions: open.map((key) => ({ key: key as RequestKey, decision: "keep" })),
    },
  };
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

/** Of this recovery, or borrowed. */
export function restoredTables({ evidence }: Pick<Report, "evidence">): RestoredTable[] {
  return evidence?.kind === "restore" ? Object.values(evidence.tables) : [];
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
  if (report.followUp)
    sentences.push(
      "To decide some of them: change decisions in followUp of report.json to revert, and start a new execution with it; the evidence is read again.",
    );
  if (report.plan && report.plan.counts.delta > 0)
    sentences.push(
      `Of ${report.plan.counts.delta} items a counter's difference was to be taken back: good increments between the first and the last bad second went with it.`,
    );
  if (report.keys?.blindSpot) sentences.push(`Mind what the keys could not show: ${report.keys.blindSpot}.`);
  const kept = restoredTables(report).flatMap(({ tableName, deletedAt }) => (deletedAt ? [] : [tableName]));
  if (kept.length > 0)
    sentences.push(`Restored tables are kept, and cost storage until they are deleted: ${kept.join(", ")}.`);
  for (const effect of report.sideEffects) sentences.push(`Mind what follows the table: ${effect}.`);
  return sentences;
}
