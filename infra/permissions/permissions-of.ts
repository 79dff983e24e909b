import type { Places } from "../places.ts";
import type { FunctionName } from "../step-settings.ts";
import { inspectAuditTables, queryAuditTables } from "./audit-tables.ts";
import { inspectChangeLogs, queryChangeLogs } from "./change-logs.ts";
import { exportTables, followExports } from "./exports.ts";
import type { Permission } from "./permission.ts";
import { lowerGuards, probeGuards, raiseGuards, readGuards } from "./read-only.ts";
import {
  artifacts,
  endWatch,
  giveBackLock,
  keepFailedEvents,
  listRecords,
  publish,
  readArtifacts,
  records,
  type Stores,
  uploads,
} from "./records.ts";
import {
  compareTables,
  deleteRestoredTables,
  followRestores,
  inspectTables,
  lookAtRestoredTables,
  lookForRestoredTables,
  measureTables,
  queryRestoredTables,
  queryTables,
  readRestoredTables,
  readTables,
  repairTables,
  restoreTables,
  scanTables,
  useTableKeys,
} from "./tables.ts";

/** What each function may do, and why: one role a function. */
export function permissionsOf(places: Places, stores: Stores): Readonly<Record<FunctionName, Permission[]>> {
  const tableKeys = useTableKeys(places.tableKeyArns);
  const repairing = [repairTables(places), tableKeys, ...readGuards(places)];
  const own: Record<FunctionName, Permission[]> = {
    Preflight: [
      ...inspectTables(places),
      lookForRestoredTables(places),
      inspectChangeLogs(places),
      inspectAuditTables(places),
      uploads(stores),
      ...readGuards(places),
      describeExecutions(places, "Resumes a recovery only where its execution is over."),
    ],
    ActivateReadOnly: [...raiseGuards(places), ...probeGuards(places)],
    VerifyReadOnly: [...readGuards(places), ...probeGuards(places)],
    StartRestore: restoreTables(places),
    CheckRestore: followRestores(places),
    StartExport: exportTables(places, stores),
    CheckExport: followExports(places),
    CollectKeys: [
      uploads(stores),
      queryTables(places),
      scanTables(places),
      ...queryChangeLogs(places),
      queryAuditTables(places),
      tableKeys,
    ],
    CollectEvidence: [queryRestoredTables(places), tableKeys],
    ListSegments: measureTables(places),
    CompareSegment: [...compareTables(places), tableKeys],
    ListParts: [],
    PlanPart: [readTables(places), readRestoredTables(places), tableKeys],
    SummarizePlan: [],
    AdoptPlan: [],
    AwaitApproval: [publish(stores)],
    ReadApproval: [],
    RepairTrial: repairing,
    VerifyTrial: [readTables(places), tableKeys],
    ApplyPart: repairing,
    VerifyPart: [readTables(places), tableKeys],
    SummarizeRepairs: [],
    RunHealthCheck: [
      {
        reason: "Asks the health checks that the configuration names.",
        actions: ["lambda:InvokeFunction"],
        resources: places.healthCheckArns,
      },
    ],
    AwaitDecision: [publish(stores)],
    ReadDecision: [],
    LiftReadOnly: lowerGuards(places),
    DeleteRestoredTables: [deleteRestoredTables(places)],
    WriteReport: [publish(stores), giveBackLock(stores)],
    AnswerRecovery: [
      {
        reason: "Wakes the execution whose answer was recorded.",
        actions: ["states:SendTaskSuccess"],
        resources: [places.stateMachineArn],
      },
      describeExecutions(places, "Gives a recovery up only where its execution is over."),
      giveBackLock(stores),
      ...readArtifacts(stores),
    ],
    OnRecoveryEnded: [
      {
        reason:
          "Lifts the freeze of a failed recovery where its request says so, with the rights of the step that lifts.",
        actions: ["lambda:InvokeFunction"],
        resources: [places.functionArn("LiftReadOnly")],
      },
      describeExecutions(places, "Sees whether somebody has redriven the execution since."),
      publish(stores),
      keepFailedEvents(stores),
    ],
    Sweep: [
      {
        reason: "Lifts and deletes as the request and the rules of those steps say, with their rights.",
        actions: ["lambda:InvokeFunction"],
        resources: [places.functionArn("LiftReadOnly"), places.functionArn("DeleteRestoredTables")],
      },
      describeExecutions(places, "Sees where the executions of its recoveries stand."),
      lookAtRestoredTables(places),
      endWatch(stores),
      publish(stores),
      keepFailedEvents(stores),
    ],
  };
  return Object.fromEntries(
    Object.entries(own).map(([name, permissions]) => [
      name,
      [
        ...permissions,
        records(stores),
        ...((WITHOUT_LISTS as readonly string[]).includes(name) ? [] : [listRecords(stores)]),
        ...((WITHOUT_ARTIFACTS as readonly string[]).includes(name) ? [] : artifacts(stores)),
      ],
    ]),
  ) as Record<FunctionName, Permission[]>;
}

function describeExecutions({ executionsArn }: Places, reason: string): Permission {
  return {
    reason,
    actions: ["states:DescribeExecution"],
    resources: [executionsArn],
    wildcard: "Executions are named when they are started.",
  };
}

/** Functions that work from the records alone. */
const WITHOUT_ARTIFACTS = [
  "ActivateReadOnly",
  "VerifyReadOnly",
  "LiftReadOnly",
  "StartRestore",
  "CheckRestore",
  "StartExport",
  "CheckExport",
  "DeleteRestoredTables",
  "AwaitApproval",
  "ReadApproval",
  "AwaitDecision",
  "ReadDecision",
  "RunHealthCheck",
  // Reads them, and writes none.
  "AnswerRecovery",
  "OnRecoveryEnded",
  "Sweep",
] as const satisfies readonly FunctionName[];

/** Functions that know each record by its name. */
const WITHOUT_LISTS = [
  "ActivateReadOnly",
  "VerifyReadOnly",
  "CollectKeys",
  "ListSegments",
  "CompareSegment",
  "SummarizePlan",
  "AwaitApproval",
  "ReadApproval",
  "RunHealthCheck",
  "AwaitDecision",
  "ReadDecision",
] as const satisfies readonly FunctionName[];
