/** The commands that messages offer: they work as they stand, from any terminal with the operator's permissions. */
import type { Environment } from "./environment.ts";
import type { Recovery } from "./recovery.ts";

type Target = Pick<Recovery, "recoveryId" | "executionArn"> & { readonly table: { readonly tableName: string } };

function invoke(environment: Environment, functionName: string, payload: unknown): string {
  // Inside single quotes the shell leaves everything alone but a single quote itself.
  const text = JSON.stringify(payload).replaceAll("'", String.raw`'\''`);
  return `aws lambda invoke --function-name ${environment.FUNCTION_PREFIX}-${functionName} --cli-binary-format raw-in-base64-out --payload '${text}' /dev/stdout`;
}

export function freezeCommand(environment: Environment, { recoveryId, table }: Target): string {
  return invoke(environment, "activate-read-only", { recoveryId, table: table.tableName });
}

export function liftCommand(environment: Environment, { recoveryId, table }: Target): string {
  return invoke(environment, "lift-read-only", { recoveryId, table: table.tableName });
}

export function answerCommand(environment: Environment, answer: Readonly<Record<string, unknown>>): string {
  return invoke(environment, "answer-recovery", answer);
}

/** For a recovery whose execution can't be redriven (any more); choose a name for the new execution. */
export function resumeCommand(environment: Environment, recoveryId: string): string {
  const input = JSON.stringify({ resume: recoveryId });
  return `aws stepfunctions start-execution --state-machine-arn ${environment.STATE_MACHINE_ARN} --name ${recoveryId.slice(0, 70)}-again --input '${input}'`;
}

export function redriveCommand({ executionArn }: Pick<Target, "executionArn">): string {
  return `aws stepfunctions redrive-execution --execution-arn ${executionArn}`;
}
