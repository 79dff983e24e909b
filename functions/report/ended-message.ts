import { answerCommand, freezeCommand, liftCommand, redriveCommand } from "../runtime/commands.ts";
import type { Environment } from "../runtime/environment.ts";
import type { Recovery, RecoveryStatus } from "../runtime/recovery.ts";

/** Record `ended`: what an execution that did not succeed left behind. */
export interface Ended {
  readonly status: string;
  readonly error?: string;
  readonly at: string;
  readonly frozen: boolean;
  readonly lifted: boolean;
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

export function endedSubject({ table }: Recovery, { frozen }: Ended, status: RecoveryStatus | undefined): string {
  return `Backstitch: ${table.tableName} ${frozen ? "IS STILL FROZEN" : "is not frozen"}; its recovery ${status?.outcome ? "was stopped" : "failed"}`;
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
  const { restoredTables, frozen, lifted, notLifted, partsBegun } = ended;
  return [
    `Recovery ${recoveryId} of table ${table.tableName} ended ${end.status}${end.error ? ` with ${end.error}` : ""}.`,
    status?.lastError && end.error === MAP_FAILED
      ? `${status.lastError.step}: ${status.lastError.name}: ${status.lastError.message}`
      : causeText(end.cause),
    frozen ? "The table is still frozen: its application can't write." : thawed(lifted),
    ...(notLifted ? [`The request says "onFailure": "lift", but the freeze could not be lifted: ${notLifted}`] : []),
    partsBegun > 0
      ? `Repairs of ${partsBegun} part(s) were begun: their journals and outcomes are kept, and a redrive goes on from there.`
      : "Nothing was written to the table.",
    ...(restoredTables.length ? [`Restored tables are kept: ${restoredTables.join(", ")}.`] : []),
    ...(status?.outcome ? [] : ["Go on where it failed, once the cause is mended:", redriveCommand(recovery)]),
    ...(frozen ? ["Lift the freeze:", liftCommand(environment, recovery)] : []),
    ...(lifted ? ["Freeze again before a redrive:", freezeCommand(environment, recovery)] : []),
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
