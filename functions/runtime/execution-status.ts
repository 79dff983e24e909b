import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import type { Dependencies } from "./dependencies.ts";

/** An execution that Step Functions has forgotten is long over. */
export async function isRunning(executionArn: string, { aws }: Dependencies): Promise<boolean> {
  try {
    const { status } = await aws.sfn.send(new DescribeExecutionCommand({ executionArn }));
    return status === "RUNNING" || status === "PENDING_REDRIVE";
  } catch (error) {
    if (error instanceof Error && error.name === "ExecutionDoesNotExist") return false;
    throw error;
  }
}
