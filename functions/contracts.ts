/** What goes in and out of every step: the small explicit inputs and outputs of the Lambdas, and the answers of people. */
import { z } from "zod";
import { GuardName } from "./contracts/protected-table.ts";
import { GroupChoice, RecoveryId, Rules, TableName } from "./contracts/request.ts";

export * from "./contracts/protected-table.ts";
export * from "./contracts/request.ts";

const Step = z.strictObject({ recoveryId: RecoveryId, table: TableName });
const Count = z.number().int().nonnegative();
const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Progress = z.enum(["not-started", "running", "ready"]);
const Manifest = z.strictObject({ bucket: z.string(), key: z.string() });
const Outcome = z.enum(["Recovered", "Planned", "NothingToRepair", "Rejected", "Stopped"]);
export type Outcome = z.infer<typeof Outcome>;

/** Of steps that change something: the execution's ARN. One that another has gone on from must not. Missing: called by hand. */
const Current = Step.extend({ execution: z.string().optional() });

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
    /** `recoveryId` is the execution's name. */
    input: z.strictObject({
      recoveryId: z.string(),
      executionArn: z.string(),
      startTime: z.string(),
      request: z.unknown(),
    }),
    output: z.strictObject({
      /** The execution's name; of one that resumes a recovery: that recovery's id. */
      recoveryId: RecoveryId,
      table: TableName,
      mode: z.enum(["repair", "plan"]),
      freeze: z.enum(["start", "repair", "never"]),
      approvalTimeoutSeconds: Count,
      approvalOnTimeout: z.enum(["stop", "lift"]),
      concurrency: Count,
      evidence: EvidenceKind,
      keySource: KeySourceKind,
      /** The recovery whose stored plan is executed (itself, where it is resumed with a plan), or `none`: no text is empty. */
      planFrom: RecoveryId,
      /** A resumed recovery was lifting its freeze, or had: it goes on with that, towards `outcome`. */
      ending: z.boolean(),
      outcome: Outcome,
      round: Count,
      approvedHash: z.string(),
    }),
  },
  ActivateReadOnly: { input: Current, output: z.strictObject({ guards: z.array(GuardName) }) },
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
  SummarizePlan: { input: Current.extend({ round: Count }), output: Planned },
  /**
   * As SummarizePlan, of a plan that an earlier recovery made, or this one before it was resumed; `partsManifest` is of
   * its keys, should it be planned anew; `answered`: a person has said what to do with it.
   */
  AdoptPlan: {
    input: Step,
    output: Planned.extend({ round: Count, answered: z.boolean(), partsManifest: Manifest }),
  },
  AwaitApproval: {
    input: Current.extend({ round: Count, planHash: Hash, taskToken: z.string() }),
    output: z.strictObject({}),
  },
  ReadApproval: {
    input: Step.extend({ round: Count, planHash: Hash }),
    /** `approvedHash` covers the plan and the chosen groups; `none`: woken without a valid record, so ask again. */
    output: z.strictObject({ answer: z.enum(["approve", "reject", "replan", "none"]), approvedHash: z.string() }),
  },
  RepairTrial: { input: Current.extend({ round: Count, planHash: Hash }), output: z.strictObject({ items: Count }) },
  VerifyTrial: {
    input: Step.extend({ round: Count, planHash: Hash }),
    output: z.strictObject({ asPlanned: z.boolean() }),
  },
  ApplyPart: {
    input: Current.extend({ round: Count, planHash: Hash, part: z.string() }),
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
    input: Current.extend({ about: z.enum(["plan", "trial", "repairs", "health"]), taskToken: z.string() }),
    output: z.strictObject({}),
  },
  ReadDecision: {
    input: Step.extend({ about: z.enum(["plan", "trial", "repairs", "health"]) }),
    output: z.strictObject({ answer: z.enum(["continue", "stop", "lift", "none"]) }),
  },
  LiftReadOnly: {
    /**
     * `tenants`: thaw these alone; `continue`: the repair goes on without the freeze. Both come from an operator, never from
     * the machine, which alone tells the outcome that it ends with.
     */
    input: Current.extend({
      tenants: z.array(z.string()).min(1).optional(),
      continue: z.boolean().optional(),
      outcome: Outcome.optional(),
      round: Count.optional(),
      planHash: z.string().optional(),
    }),
    output: z.strictObject({ lifted: z.boolean(), notes: z.array(z.string()) }),
  },
  DeleteRestoredTables: { input: Current, output: z.strictObject({ deleted: Count }) },
  WriteReport: {
    input: Current.extend({
      outcome: Outcome,
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
