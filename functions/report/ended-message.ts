import { answerCommand, freezeCommand, liftCommand, redriveCommand, resumeCommand } from "../runtime/commands.ts";
import type { Environment } from "../runtime/environment.ts";
import type { Recovery, RecoveryStatus } from "../runtime/recovery.ts";

/** Record `ended`: what an execution that did not succeed left behind. */
export interface Ended {
  /** With `redriveCount` it names this end; missing: written before ends had names. */
  readonly executionArn?: string;
  readonly redriveCount?: number;
  readonly status: string;
  readonly error?: string;
  readonly at: string;
  readonly frozen: boolean;
  readonly lifted: boolean;
  /** The freeze is to be lifted, or was: decided once, before it is begun. */
  readonly lifts?: boolean;
  /** Somebody redrove the execution before we heard of its end. */
  readonly goesOn?: boolean;
  /** When people had been told; missing: perhaps nobody was. */
  readonly notifiedAt?: string;
  /** Why the freeze could not be lifted although the request says so. */
  readonly notLifted?: string;
  /** Parts whose repair was begun; 0 = nothing was written to the table. */
  readonly partsBegun: number;
  readonly restoredTables: readonly string[];
}

/** What the event says about the end. */
export interface EndOfExecution {
  readonly executionArn: string;
  readonly status: string;
  readonly error?: string | null | undefined;
  readonly cause?: string | null | undefined;
}

/** What Step Functions calls a Map of which a part failed: it says nothing of the part. */
const MAP_FAILED = "States.ExceedToleratedFailureThreshold";

export function endedSubject(
  { table }: Recovery,
  { frozen, goesOn }: Ended,
  status: RecoveryStatus | undefined,
): string {
  const what = status?.outcome ? "was stopped" : `failed${goesOn ? " and was redriven" : ""}`;
  return `Backstitch: ${table.tableName} ${frozen ? "IS STILL FROZEN" : "is not frozen"}; its recovery ${what}`;
}

/** What happened, what is left as it is, and the commands to go on. */
export function endedMessage(
  recovery: Recovery,
  ended: Ended,
  end: EndOfExecution,
  status: RecoveryStatus | undefined,
  environment: Environment,
): string[] {
  const { table, recoveryId } = recovery;
  const { restoredTables, frozen, lifted, notLifted, partsBegun, goesOn } = ended;
  return [
    `Recovery ${recoveryId} of table ${table.tableName} ${howItEnded(end)}.`,
    status?.lastError && end.error === MAP_FAILED
      ? `${status.lastError.step}: ${status.lastError.name}: ${status.lastError.message}`
      : causeText(end.cause),
    frozen ? "The table is still frozen: its application can't write." : thawed(lifted),
    ...(notLifted ? [`The request says "onFailure": "lift", but the freeze could not be lifted: ${notLifted}`] : []),
    partsBegun > 0
      ? `Repairs of ${partsBegun} part(s) were begun: their journals and outcomes are kept, and a redrive goes on from there.`
      : "Nothing was written to the table.",
    ...(restoredTables.length ? [`Restored tables are kept: ${restoredTables.join(", ")}.`] : []),
    ...goOn(recovery, end, status, goesOn, environment),
    ...(frozen ? ["Lift the freeze:", liftCommand(environment, recovery)] : []),
    ...(lifted ? ["Freeze again before a redrive:", freezeCommand(environment, recovery)] : []),
    ...(goesOn ? [] : giveUp(recovery, frozen, environment)),
  ];
}

function howItEnded({ status, error }: EndOfExecution): string {
  if (status === "FORGOTTEN") return "is over, and Step Functions has forgotten its execution";
  return `ended ${status}${error ? ` with ${error}` : ""}`;
}

function goOn(
  recovery: Recovery,
  { status: endedAs }: EndOfExecution,
  status: RecoveryStatus | undefined,
  goesOn: boolean | undefined,
  environment: Environment,
): string[] {
  if (goesOn) return ["It was redriven since, and goes on: nothing is to be done unless it fails again."];
  if (status?.outcome) return [];
  if (endedAs === "FORGOTTEN")
    return [
      "It can't be redriven any more. Go on in a new execution:",
      resumeCommand(environment, recovery.recoveryId),
    ];
  return ["Go on where it failed, once the cause is mended:", redriveCommand(recovery)];
}

function giveUp({ recoveryId }: Recovery, frozen: boolean, environment: Environment): string[] {
  return [
    `Or give it up${frozen ? ", once the freeze is lifted" : ""}, so that the table can be recovered anew:`,
    answerCommand(environment, { recoveryId, answer: "abandon", by: "YOUR NAME" }),
  ];
}

function thawed(lifted: boolean): string {
  return lifted ? 'The freeze was lifted, since the request says "onFailure": "lift".' : "The table is not frozen.";
}

/** A Lambda's cause is JSON of which the message alone is for people. */
export function causeText(cause: string | null | undefined): string {
  if (!cause) return "No cause was given.";
  try {
    const { errorType, errorMessage } = JSON.parse(cause) as { errorType?: string; errorMessage?: string };
    return errorMessage ? `${errorType}: ${errorMessage}` : cause;
  } catch {
    return cause;
  }
}
