import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import type { Dependencies } from "./dependencies.ts";

/** As Step Functions knows it; undefined: it has forgotten the execution, which is long over. */
export async function executionStatus(executionArn: string, { aws }: Dependencies): Promise<string | undefined> {
  try {
    return (await aws.sfn.send(new DescribeExecutionCommand({ executionArn }))).status;
  } catch (error) {
    if (error instanceof Error && error.name === "ExecutionDoesNotExist") return undefined;
    throw error;
  }
}

export async function isRunning(executionArn: string, deps: Dependencies): Promise<boolean> {
  return isUnderWay(await executionStatus(executionArn, deps));
}

export function isUnderWay(status: string | undefined): boolean {
  return status === "RUNNING" || status === "PENDING_REDRIVE";
}
