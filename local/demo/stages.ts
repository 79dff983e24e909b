/** The machine's states as a person follows them: a few stages, in order, and what is being waited for in each. */
export interface Stage {
  readonly title: string;
  readonly states: readonly string[];
}

export const STAGES: readonly Stage[] = [
  { title: "Preflight", states: ["Preflight", "FreezeFirst"] },
  {
    title: "Freeze, and prove the freeze by denied writes",
    states: ["ActivateReadOnly", "VerifyReadOnly", "ReadOnlyProven", "WaitForReadOnly", "EvidenceGathered"],
  },
  {
    title: "Restore the second before and the second after, and collect keys",
    states: [
      "GatherEvidence",
      "StartRestore",
      "RestoreStarted",
      "WaitToRestore",
      "WaitForRestore",
      "CheckRestore",
      "RestoreReady",
      "CollectKeys",
      "KeysCollected",
      "WaitForKeys",
      "KeysReady",
      "EvidenceReady",
      "ListParts",
      "PartsFound",
      "FreezeNow",
    ],
  },
  { title: "Plan", states: ["NextRound", "PlanRepairs", "SummarizePlan", "PlanReady"] },
  { title: "Approval", states: ["AwaitApproval", "ReadApproval", "Approved"] },
  { title: "Trial", states: ["ConfirmReadOnly", "RepairTrial", "VerifyTrial", "TrialAsPlanned"] },
  { title: "Repair", states: ["BeginRepairs", "ApplyRepairs"] },
  {
    title: "Verify",
    states: ["VerifyRepairs", "SummarizeRepairs", "RepairsAsPlanned", "RunHealthCheck", "Healthy"],
  },
  {
    title: "Lift the freeze, clean up, report",
    states: ["LiftReadOnly", "EvidenceStillNeeded", "DeleteRestoredTables", "WriteReport", "Outcome"],
  },
];

/** What a state waits for, where a person would wonder. */
export const WAITS: Readonly<Record<string, string>> = {
  WaitForReadOnly: "waiting until the policies take effect",
  WaitToRestore: "waiting until the table can be restored to that second",
  WaitForRestore: "waiting for the restore",
  WaitForKeys: "waiting for the keys",
  AwaitApproval: "waiting for the approver",
  AwaitDecision: "waiting for a decision",
};

export function stageOf(state: string | undefined): number {
  return STAGES.findIndex(({ states }) => state !== undefined && states.includes(state));
}
