/** The machine's states as a person follows them: a few stages, in order, and what is being waited for in each. */
export interface Stage {
  readonly title: string;
  readonly states: readonly string[];
}

const RESTORE_TITLE = "Restore the second before and the second after, and collect keys";

export const STAGES: readonly Stage[] = [
  { title: "Preflight", states: ["Preflight", "FreezeFirst"] },
  {
    title: "Freeze, and prove the freeze by denied writes",
    states: ["ActivateReadOnly", "VerifyReadOnly", "ReadOnlyProven", "WaitForReadOnly", "EvidenceGathered"],
  },
  {
    title: RESTORE_TITLE,
    states: [
      "GatherEvidence",
      "EvidenceSource",
      "StartExport",
      "ExportStarted",
      "WaitToExport",
      "WaitForExport",
      "CheckExport",
      "ExportReady",
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
      "CollectEvidence",
      "EvidenceCollected",
      "WaitForEvidence",
      "EvidenceRead",
      "FindKeysBy",
      "ListSegments",
      "CompareTables",
      "ListParts",
      "PartsFound",
      "FreezeNow",
    ],
  },
  { title: "Plan", states: ["AdoptPlan", "NextRound", "PlanRepairs", "SummarizePlan", "PlanReady"] },
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
  WaitToExport: "waiting until that time can be exported",
  WaitForExport: "waiting for the export",
  WaitForEvidence: "reading the evidence",
  WaitForKeys: "waiting for the keys",
  AwaitApproval: "waiting for the approver",
  AwaitDecision: "waiting for a decision",
};

/** The stages of a story whose evidence is an export. */
export const EXPORT_TITLES: Readonly<Record<string, string>> = { [RESTORE_TITLE]: "Export what changed, and read it" };

export function stageOf(state: string | undefined): number {
  return STAGES.findIndex(({ states }) => state !== undefined && states.includes(state));
}
