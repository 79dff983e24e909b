/** What goes in and out of every step: the request of the user, and the small explicit inputs and outputs of the Lambdas. */
import { z } from "zod";

/** Execution names: 1 to 80 characters that are also fit for log streams, S3 prefixes and table names. */
export const RecoveryId = z.string().regex(/^[0-9A-Za-z_-]{1,80}$/);
export const TableName = z.string().regex(/^[a-zA-Z0-9_.-]{3,255}$/);
const Attributes = z.array(z.string().min(1)).min(1);

/** Request field `keys`: at most this many inline; longer lists come from S3. */
export const MAX_INLINE_KEYS = 100;

/** Key values as a person writes them (typed by the key schema), or as AttributeValues. */
export const RequestKey = z.record(
  z.string(),
  z.union([
    z.string(),
    z.number(),
    z.strictObject({ S: z.string() }),
    z.strictObject({ N: z.string() }),
    z.strictObject({ B: z.string() }),
  ]),
);
export type RequestKey = z.infer<typeof RequestKey>;

/** One partition, or a stretch of it by sort key. */
export const PartitionKeys = z.strictObject({
  key: z.union([z.string(), z.number(), RequestKey]),
  sortKeyPrefix: z.string().min(1).optional(),
  sortKeyBetween: z.tuple([z.union([z.string(), z.number()]), z.union([z.string(), z.number()])]).optional(),
});

/** A list in the recovery bucket, below `uploads/`: JSON lines, a JSON array or CSV with a header of key attribute names. */
export const S3Keys = z.strictObject({
  key: z.string().startsWith("uploads/"),
  format: z.enum(["jsonl", "json", "csv"]).optional(),
});

/** Change log lines or audit records, narrowed by who wrote and what was done. */
export const WrittenBy = z.strictObject({
  /** As the application declared itself: a release, a job, a function. */
  writers: z.array(z.string().min(1)).min(1).optional(),
  actions: z
    .array(z.enum(["create", "update", "delete"]))
    .min(1)
    .optional(),
});
export type WrittenBy = z.infer<typeof WrittenBy>;

/** An attribute that the application sets with every write; what was deleted has none, so it is invisible to this source. */
export const LastUpdated = z.strictObject({
  attribute: z.string().min(1),
  format: z.enum(["iso", "epochSeconds", "epochMilliseconds"]).default("iso"),
});
export type LastUpdated = z.infer<typeof LastUpdated>;

/** Where the impacted keys come from, when neither the request nor the evidence names them. */
export const KeysFrom = z.union([
  z.strictObject({ s3: S3Keys }),
  z.strictObject({ partition: PartitionKeys }),
  z.strictObject({ logs: WrittenBy }),
  z.strictObject({ audit: WrittenBy }),
  z.strictObject({ timestamp: LastUpdated }),
  z.strictObject({ compare: z.strictObject({}) }),
]);
export type KeysFrom = z.infer<typeof KeysFrom>;

/** Where `before` (and `after`) come from. `auto`: export where its window rules allow, else restore. */
export const RequestedEvidence = z.union([
  z.enum(["auto", "export", "restore"]),
  /** Name or ARN of an on-demand backup of this table, for `before`. */
  z.strictObject({ backup: z.string().min(1) }),
  /** The restored tables or the exports of an earlier recovery of this table. */
  z.strictObject({ from: RecoveryId }),
]);
export type RequestedEvidence = z.infer<typeof RequestedEvidence>;

/** One item decided by a person: `revert` takes back what the incident did to it, whatever was written since. */
export const Decision = z.strictObject({
  key: RequestKey,
  decision: z.enum(["revert", "keep"]),
  /** Of an updated item: these alone. */
  attributes: Attributes.optional(),
});
export type Decision = z.infer<typeof Decision>;

/** Longest JSONata expression of a request. */
const Expression = z.string().min(1).max(4000);

/** Which group of changes is damage, and which of its attributes to take back (default: all that changed). */
export const GroupChoice = z.strictObject({
  kind: z.enum(["updated", "deleted", "created"]),
  attributes: z.array(z.string()).default([]),
  revert: Attributes.optional(),
  /** Only items whose key has this shape, as the plan shows it. */
  keyShape: z.string().optional(),
});
export type GroupChoice = z.infer<typeof GroupChoice>;

/** The part of a request that decides what is repaired and how; a replan gives a new one. */
export const Rules = z.strictObject({
  attributes: z
    .strictObject({
      only: Attributes.optional(),
      except: Attributes.optional(),
      /** Counters: the incident's difference is taken back, `live - (after - before)`, and what came since stays. */
      delta: Attributes.optional(),
      /** Computed: attribute name to JSONata over `{ key, before, after, live }`. */
      set: z.record(z.string().min(1), Expression).optional(),
    })
    .optional(),
  /** JSONata over `{ key, before, after, live }` that says which items are damaged; must give true or false. */
  damagedWhen: Expression.optional(),
  conflicts: z.enum(["skip", "merge", "overwrite", "fail"]).default("skip"),
  created: z.enum(["report", "delete"]).default("report"),
  groups: z.array(GroupChoice).min(1).optional(),
});
export type Rules = z.infer<typeof Rules>;

/** `mode: "plan"` stops at the plan: no freeze, no write. */
export const RecoveryRequest = z.strictObject({
  table: TableName,
  mode: z.enum(["repair", "plan"]).default("repair"),
  /** The first bad second: ISO 8601 with a zone, or `45m ago`. */
  badSince: z.string().optional(),
  /** The last good second; `badSince` minus one second. Give one of the two. */
  restoreDateTime: z.string().optional(),
  /** The last bad second; unknown means "still going on until the freeze". */
  incidentEnd: z.string().optional(),
  keys: z.array(RequestKey).min(1).max(MAX_INLINE_KEYS).optional(),
  keysFrom: KeysFrom.optional(),
  evidence: RequestedEvidence.default("auto"),
  /** Conflicts and created items of an earlier recovery, decided one by one; goes with `evidence: { from }`. */
  decisions: z.array(Decision).min(1).max(MAX_INLINE_KEYS).optional(),
  /** Deletes the named items, so that the application creates them anew: no evidence is needed. */
  deleteOnly: z.literal(true).optional(),
  tenants: z.array(z.string().min(1)).min(1).optional(),
  readOnly: z
    .union([
      z.literal("none"),
      z.strictObject({
        guards: z
          .array(z.enum(["ssm-flag", "iam-deny", "table-policy"]))
          .min(1)
          .optional(),
        when: z.enum(["start", "repair"]).default("start"),
      }),
    ])
    .default({ when: "start" }),
  onFailure: z.enum(["keepReadOnly", "lift"]).default("keepReadOnly"),
  approval: z
    .strictObject({
      timeoutHours: z.number().positive().max(144).default(24),
      onTimeout: z.enum(["stop", "lift"]).default("stop"),
    })
    .default({ timeoutHours: 24, onTimeout: "stop" }),
  concurrency: z.number().int().min(1).max(1000).default(8),
  reason: z.string().max(1000).optional(),
  /** The console adds this by itself; it is ignored. */
  AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: z.string().optional(),
  ...Rules.shape,
});
export type RecoveryRequest = z.infer<typeof RecoveryRequest>;

/** What a request may say that takes its table, times and rules from an earlier recovery. */
const Rerun = RecoveryRequest.pick({
  readOnly: true,
  onFailure: true,
  approval: true,
  concurrency: true,
  reason: true,
  AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: true,
}).extend({ table: TableName.optional() });

/** Executes the plan of an earlier recovery (`mode: "plan"`, rejected or stopped), with the same hash. */
export const StoredPlanRequest = Rerun.extend({ plan: RecoveryId });
export type StoredPlanRequest = z.infer<typeof StoredPlanRequest>;

/** Takes back what an earlier recovery wrote. */
export const UndoRequest = Rerun.extend({ undo: RecoveryId });
export type UndoRequest = z.infer<typeof UndoRequest>;

export const GuardName = z.enum(["ssm-flag", "iam-deny", "table-policy"]);
export type GuardName = z.infer<typeof GuardName>;

/** How a table is protected: from `backstitch.config.ts`, kept as an SSM parameter that Preflight alone reads. */
export const ProtectedTable = z.strictObject({
  tableName: TableName,
  /** Customer managed key of the table, if it has one: whoever reads or writes its items must be allowed to use it. */
  keyArn: z.string().startsWith("arn:").optional(),
  /** A number that the application raises with every write; guards rely on it. */
  versionAttribute: z.string().optional(),
  /** How a tenant stands in the partition key: `{tenant}` exactly, or a prefix such as `TENANT#{tenant}#*`. */
  tenantKey: z
    .string()
    .regex(/^[^{}*]*\{tenant\}[^{}*]*\*?$/)
    .optional(),
  guards: z.array(GuardName).min(1),
  /** Name of the parameter that the application checks: `none`, `all` or tenants separated by commas. */
  flagParameter: z.string().optional(),
  /** How long the application may go on with an old value of the flag, in seconds. */
  flagCacheSeconds: z.number().nonnegative().default(60),
  applicationRoleArns: z.array(z.string()).default([]),
  /** Principals beside Backstitch's own that the table policy lets through, such as a replication tool. */
  exemptPrincipalArns: z.array(z.string()).default([]),
  /** A freeze that is not proven after this many seconds fails the recovery. */
  provenWithinSeconds: z.number().positive().default(600),
  /** Regions of the table's global replicas that are frozen by other means; every replica must be named. */
  replicaRegions: z.array(z.string()).default([]),
  /** Log groups that hold the application's change log (`logItemChange` of the kit), for the key source `logs`. */
  changeLogGroups: z.array(z.string().min(1)).max(50).default([]),
  /** Table that the kit's `AuditLog` writes, for the key source `audit`. */
  auditTable: TableName.optional(),
  /** A function of yours that says whether the application is well: `{ healthy: boolean, message?: string }`. */
  healthCheckFunctionArn: z.string().optional(),
});
export type ProtectedTable = z.infer<typeof ProtectedTable>;

const Step = z.strictObject({ recoveryId: RecoveryId, table: TableName });
const Count = z.number().int().nonnegative();
const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Progress = z.enum(["not-started", "running", "ready"]);
const Manifest = z.strictObject({ bucket: z.string(), key: z.string() });

/** Where the images come from. `plan`: an earlier plan holds them; `none`: items are deleted as they are (`deleteOnly`). */
export const EvidenceKind = z.enum(["restore", "export", "journal", "plan", "none"]);
export type EvidenceKind = z.infer<typeof EvidenceKind>;

/** Where the keys come from. `evidence`: it names them itself. */
export const KeySourceKind = z.enum(["list", "s3", "partition", "logs", "audit", "timestamp", "compare", "evidence"]);
export type KeySourceKind = z.infer<typeof KeySourceKind>;

/** A plan that is made, and what is to be done about it. */
const Planned = z.strictObject({
  /** `repairable`: something to write or to choose; `nothing`: no change found; `conflict`: `conflicts: "fail"` met one. */
  verdict: z.enum(["repairable", "nothing", "conflict"]),
  planHash: Hash,
  manifest: Manifest,
  writes: Count,
  conflicts: Count,
});

/** What each Lambda takes and answers, by the name of its state. `since` is ISO 8601: the later of start and redrive. */
export const contracts = {
  Preflight: {
    input: z.strictObject({
      recoveryId: z.string(),
      executionArn: z.string(),
      startTime: z.string(),
      request: z.unknown(),
    }),
    output: z.strictObject({
      table: TableName,
      mode: z.enum(["repair", "plan"]),
      freeze: z.enum(["start", "repair", "never"]),
      approvalTimeoutSeconds: Count,
      approvalOnTimeout: z.enum(["stop", "lift"]),
      concurrency: Count,
      evidence: EvidenceKind,
      keySource: KeySourceKind,
      /** The recovery whose stored plan is executed, or `none`: the machine knows no empty text. */
      planFrom: RecoveryId,
    }),
  },
  ActivateReadOnly: { input: Step, output: z.strictObject({ guards: z.array(GuardName) }) },
  VerifyReadOnly: {
    input: Step.extend({ since: z.string(), purpose: z.enum(["freeze", "confirm"]) }),
    output: z.strictObject({ status: z.enum(["proven", "pending"]), waitSeconds: Count }),
  },
  StartRestore: { input: Step, output: z.strictObject({ status: Progress }) },
  CheckRestore: { input: Step, output: z.strictObject({ status: Progress }) },
  StartExport: { input: Step, output: z.strictObject({ status: Progress }) },
  CheckExport: { input: Step, output: z.strictObject({ status: Progress }) },
  CollectKeys: {
    input: Step.extend({ slice: Count }),
    output: z.strictObject({ status: z.enum(["running", "ready"]), slice: Count, keys: Count }),
  },
  CollectEvidence: {
    input: Step.extend({ slice: Count }),
    output: z.strictObject({ status: z.enum(["running", "ready"]), slice: Count, lines: Count }),
  },
  ListSegments: { input: Step, output: z.strictObject({ segments: Count, manifest: Manifest }) },
  CompareSegment: {
    input: Step.extend({ segment: Count, slice: Count }),
    output: z.strictObject({ status: z.enum(["running", "ready"]), slice: Count, keys: Count }),
  },
  ListParts: { input: Step, output: z.strictObject({ parts: Count, keys: Count, manifest: Manifest }) },
  PlanPart: {
    input: Step.extend({ round: Count, part: z.string() }),
    output: z.strictObject({}),
  },
  SummarizePlan: { input: Step.extend({ round: Count }), output: Planned },
  /** As SummarizePlan, of a plan that an earlier recovery made; `partsManifest` is of its keys, should it be planned anew. */
  AdoptPlan: { input: Step, output: Planned.extend({ partsManifest: Manifest }) },
  AwaitApproval: {
    input: Step.extend({ round: Count, planHash: Hash, taskToken: z.string() }),
    output: z.strictObject({}),
  },
  ReadApproval: {
    input: Step.extend({ round: Count, planHash: Hash }),
    /** `approvedHash` covers the plan and the chosen groups; `none`: woken without a valid record, so ask again. */
    output: z.strictObject({ answer: z.enum(["approve", "reject", "replan", "none"]), approvedHash: z.string() }),
  },
  RepairTrial: { input: Step.extend({ round: Count, planHash: Hash }), output: z.strictObject({ items: Count }) },
  VerifyTrial: {
    input: Step.extend({ round: Count, planHash: Hash }),
    output: z.strictObject({ asPlanned: z.boolean() }),
  },
  ApplyPart: {
    input: Step.extend({ round: Count, planHash: Hash, part: z.string() }),
    output: z.strictObject({}),
  },
  VerifyPart: {
    input: Step.extend({ round: Count, planHash: Hash, part: z.string() }),
    output: z.strictObject({}),
  },
  SummarizeRepairs: {
    input: Step.extend({ round: Count, planHash: Hash }),
    output: z.strictObject({ asPlanned: z.boolean(), written: Count, conflicts: Count }),
  },
  RunHealthCheck: { input: Step, output: z.strictObject({ healthy: z.boolean() }) },
  AwaitDecision: {
    input: Step.extend({ about: z.enum(["plan", "trial", "repairs", "health"]), taskToken: z.string() }),
    output: z.strictObject({}),
  },
  ReadDecision: {
    input: Step.extend({ about: z.enum(["plan", "trial", "repairs", "health"]) }),
    output: z.strictObject({ answer: z.enum(["continue", "stop", "lift", "none"]) }),
  },
  LiftReadOnly: {
    /** `tenants`: thaw these alone; `continue`: the repair goes on without the freeze. Both come from an operator, never from the machine. */
    input: Step.extend({ tenants: z.array(z.string()).min(1).optional(), continue: z.boolean().optional() }),
    output: z.strictObject({ lifted: z.boolean(), notes: z.array(z.string()) }),
  },
  DeleteRestoredTables: { input: Step, output: z.strictObject({ deleted: Count }) },
  WriteReport: {
    input: Step.extend({
      outcome: z.enum(["Recovered", "Planned", "NothingToRepair", "Rejected", "Stopped"]),
      round: Count,
      planHash: z.string(),
    }),
    output: z.strictObject({ report: z.string(), cause: z.string() }),
  },
} as const;

export type StepName = keyof typeof contracts;
export type StepInput<Name extends StepName> = z.infer<(typeof contracts)[Name]["input"]>;
export type StepOutput<Name extends StepName> = z.infer<(typeof contracts)[Name]["output"]>;

/** How a person answers a waiting recovery (`answer-recovery.ts`). `by` is who answers, as the caller says it. */
export const Answer = z.discriminatedUnion("answer", [
  Step.pick({ recoveryId: true }).extend({
    answer: z.literal("approve"),
    planHash: Hash,
    groups: z.array(GroupChoice).min(1).optional(),
    /** Needed where the plan is `two-way`. */
    accept: z.literal("may-lose-good-writes").optional(),
    by: z.string().min(1).max(200),
  }),
  Step.pick({ recoveryId: true }).extend({ answer: z.literal("reject"), by: z.string().min(1).max(200) }),
  Step.pick({ recoveryId: true }).extend({ answer: z.literal("replan"), rules: Rules, by: z.string().min(1).max(200) }),
  Step.pick({ recoveryId: true }).extend({
    answer: z.enum(["continue", "stop", "lift"]),
    by: z.string().min(1).max(200),
  }),
  /** Gives up a recovery that failed or was stopped, so that its table can be recovered anew. */
  Step.pick({ recoveryId: true }).extend({ answer: z.literal("abandon"), by: z.string().min(1).max(200) }),
]);
export type Answer = z.infer<typeof Answer>;
