import { ExecutionSuperseded } from "./errors.ts";
import type { Recovery } from "./recovery.ts";

/**
 * Asked by steps that change something: the execution that was resumed may be redriven all the same, and must not work
 * beside the one that went on from it. Calls by hand name no execution.
 */
export function assertNotSuperseded({ recoveryId, executionArn }: Recovery, execution: string | undefined): void {
  if (execution === undefined || execution === executionArn) return;
  throw new ExecutionSuperseded(
    `Execution ${execution} does not run recovery "${recoveryId}" any more: ${executionArn} has resumed it. Nothing was changed. Leave this one as it is, and look at that one.`,
  );
}
