import type { Approval, Decision } from "../answers/records.ts";
import type { RepairSummary } from "../apply/repair-summary.ts";
import type { EvidenceKind } from "../contracts.ts";
import type { EvidenceRecord, RestoredTable } from "../evidence/evidence-record.ts";
import type { ExportRecord } from "../evidence/export/export-record.ts";
import type { KeysRecord } from "../key-sources/key-parts.ts";
import type { PlanSummary } from "../plan/plan-record.ts";
import type { ReadOnlyRecord } from "../read-only/read-only-record.ts";
import type { Health } from "../run-health-check.ts";
import type { FollowUp } from "./follow-up.ts";
import type { LeftLists } from "./left-lists.ts";

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
  /** From the approval to the end, in minutes; to hold against the estimate of the plan. */
  readonly minutesTaken?: number;
  readonly repairs: RepairSummary;
  /** All items that are left to people, and all that stay gone: files in S3. */
  readonly lists: LeftLists;
  readonly health?: Health;
  readonly sideEffects: readonly string[];
  /** Change its decisions and start it. */
  readonly followUp?: FollowUp;
  /** What is left to a person, in plain sentences. */
  readonly toDo: readonly string[];
}

/** From the first denied probe to the lift, or to the end. */
export function frozenSeconds(readOnly: Report["readOnly"], endedAt: string): number {
  if (!("frozenFrom" in readOnly) || !readOnly.frozenFrom) return 0;
  const until = readOnly.liftedAt ?? endedAt;
  return Math.max(0, Math.round((Date.parse(until) - Date.parse(readOnly.frozenFrom)) / 100) / 10);
}

/** True where the application can't write, or it is not known whether it can. */
export function isFrozen(readOnly: Report["readOnly"]): boolean {
  return !["off", "lifted", "lifted-continue"].includes(readOnly.state);
}

/** Of this recovery, or borrowed. */
export function restoredTables({ evidence }: Pick<Report, "evidence">): RestoredTable[] {
  return evidence?.kind === "restore" ? Object.values(evidence.tables) : [];
}
