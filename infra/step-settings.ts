import type { StepName } from "../functions/contracts.ts";

/** Functions beside the steps: who calls them is not the state machine. */
export type OperatorFunctionName = "AnswerRecovery" | "OnRecoveryEnded" | "Sweep";
export type FunctionName = StepName | OperatorFunctionName;

export interface StepSettings {
  /** Seconds; the Task's own TimeoutSeconds in the state machine must be greater. */
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

const SMALL = 256;
/** A part is at most 4 MiB of keys' images, held up to three times over as JSON and as AttributeValues. */
const A_PART = 1024;

export const STEP_SETTINGS: Readonly<Record<FunctionName, StepSettings>> = {
  Preflight: { timeoutSeconds: 120, memoryMb: 512 },
  ActivateReadOnly: { timeoutSeconds: 120, memoryMb: SMALL },
  VerifyReadOnly: { timeoutSeconds: 120, memoryMb: SMALL },
  StartRestore: { timeoutSeconds: 120, memoryMb: SMALL },
  CheckRestore: { timeoutSeconds: 60, memoryMb: SMALL },
  StartExport: { timeoutSeconds: 120, memoryMb: SMALL },
  CheckExport: { timeoutSeconds: 60, memoryMb: SMALL },
  CollectKeys: { timeoutSeconds: 300, memoryMb: A_PART },
  CollectEvidence: { timeoutSeconds: 300, memoryMb: A_PART },
  ListSegments: { timeoutSeconds: 60, memoryMb: SMALL },
  CompareSegment: { timeoutSeconds: 300, memoryMb: A_PART },
  ListParts: { timeoutSeconds: 600, memoryMb: A_PART },
  PlanPart: { timeoutSeconds: 300, memoryMb: A_PART },
  AdoptPlan: { timeoutSeconds: 600, memoryMb: A_PART },
  SummarizePlan: { timeoutSeconds: 900, memoryMb: A_PART },
  AwaitApproval: { timeoutSeconds: 60, memoryMb: SMALL },
  ReadApproval: { timeoutSeconds: 60, memoryMb: SMALL },
  RepairTrial: { timeoutSeconds: 300, memoryMb: A_PART },
  VerifyTrial: { timeoutSeconds: 300, memoryMb: A_PART },
  ApplyPart: { timeoutSeconds: 300, memoryMb: A_PART },
  VerifyPart: { timeoutSeconds: 300, memoryMb: A_PART },
  SummarizeRepairs: { timeoutSeconds: 900, memoryMb: A_PART },
  RunHealthCheck: { timeoutSeconds: 300, memoryMb: SMALL },
  AwaitDecision: { timeoutSeconds: 60, memoryMb: SMALL },
  ReadDecision: { timeoutSeconds: 60, memoryMb: SMALL },
  LiftReadOnly: { timeoutSeconds: 120, memoryMb: SMALL },
  DeleteRestoredTables: { timeoutSeconds: 120, memoryMb: SMALL },
  WriteReport: { timeoutSeconds: 300, memoryMb: A_PART },
  AnswerRecovery: { timeoutSeconds: 60, memoryMb: 512 },
  OnRecoveryEnded: { timeoutSeconds: 300, memoryMb: SMALL },
  // Less than from one sweep to the next: the next one does what this one did not come to.
  Sweep: { timeoutSeconds: 290, memoryMb: SMALL },
};

/** Steps that write to a protected table. */
export const REPAIRING_STEPS = ["RepairTrial", "ApplyPart"] as const satisfies readonly StepName[];

/** Roles that a freeze must never stop: the repairs, and whoever called restore (it writes the restored table). */
export const WRITING_STEPS = [...REPAIRING_STEPS, "StartRestore"] as const satisfies readonly StepName[];

/** After this long no earlier attempt of a writing step can be alive. */
export const WRITER_TIMEOUT_SECONDS = Math.max(...REPAIRING_STEPS.map((step) => STEP_SETTINGS[step].timeoutSeconds));
