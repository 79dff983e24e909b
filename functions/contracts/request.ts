/** The request of the user: an incident to be taken back, or an earlier recovery to go on from. */
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

/** Goes on with a recovery that failed, as that recovery, where its execution can't be redriven (any more). */
export const ResumeRequest = Rerun.pick({
  table: true,
  concurrency: true,
  AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: true,
}).extend({ resume: RecoveryId, concurrency: RecoveryRequest.shape.concurrency.unwrap().optional() });
export type ResumeRequest = z.infer<typeof ResumeRequest>;

/** Takes back what an earlier recovery wrote. */
export const UndoRequest = Rerun.extend({ undo: RecoveryId });
export type UndoRequest = z.infer<typeof UndoRequest>;
