import type { EvidenceKind, KeySourceKind, Outcome, ProtectedTable, RecoveryRequest } from "../contracts.ts";
import type { KeySchema } from "../items/key.ts";
import type { TableIndex } from "../repair/write-units.ts";

/** What Preflight found out once and every later step relies on: the record `recovery` of the recoveries table. */
export interface Recovery {
  readonly recoveryId: string;
  /** The execution that runs it: the last one that resumed it, or the first. */
  readonly executionArn: string;
  /** When that one was started, ISO 8601; missing: nobody resumed it. */
  readonly resumedAt?: string;
  /** ARNs of the executions before it. */
  readonly earlierExecutions?: readonly string[];
  /** ISO 8601; `45m ago` counted from it. */
  readonly startedAt: string;
  /** The deployment's description of the table as it was at the start: a deploy does not change a running recovery. */
  readonly table: ProtectedTable;
  readonly tableArn: string;
  readonly tableId: string;
  /** Of the live table, as DynamoDB last counted them (about every six hours). */
  readonly tableBytes?: number;
  readonly keySchema: KeySchema;
  /** Secondary indexes: each that a write reaches is billed again. */
  readonly indexes?: readonly TableIndex[];
  /** TTL attribute, where time to live is on. */
  readonly ttlAttribute?: string;
  /** The request with its defaults, without inline keys and decisions: those are in `request.json` in S3. */
  readonly request: Omit<RecoveryRequest, "keys" | "decisions">;
  readonly keySource: KeySourceKind;
  readonly evidence: EvidenceKind;
  /** Why this evidence, in a sentence for the report. */
  readonly evidenceReason: string;
  /** The recovery whose restored tables or exports are read; missing: its own. */
  readonly evidenceFrom?: string;
  /** ARN of the backup that `before` is restored from; missing: point in time. */
  readonly backupArn?: string;
  /** The recovery whose stored plan is executed, and whose parts of keys are planned anew on a replan. */
  readonly planFrom?: string;
  /** The recovery that is taken back. */
  readonly undoOf?: string;
  /** Last good second, epoch seconds. */
  readonly restoreDateTime: number;
  /** Last bad second, epoch seconds; missing = unknown. */
  readonly incidentEnd?: number;
  /** Guards of this recovery; empty with `readOnly: "none"`. */
  readonly guards: readonly ("ssm-flag" | "iam-deny" | "table-policy")[];
  /** Streams, triggers and replicas that every write of the repair reaches. */
  readonly sideEffects: readonly string[];
}

/** Where a recovery stands, for whoever looks into the recoveries table: the record `status`. */
export interface RecoveryStatus {
  readonly state: string;
  readonly table: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  /** Set when the machine begins to lift the freeze: what it ends with, and the plan that the report is about. */
  readonly ending?: { readonly outcome: Outcome; readonly round: number; readonly approvedHash: string } | undefined;
  /** Set at the end. */
  readonly outcome?: string | undefined;
  readonly report?: string | undefined;
  /** The last error that a step recorded before it threw. */
  readonly lastError?: { readonly step: string; readonly name: string; readonly message: string; readonly at: string };
}
