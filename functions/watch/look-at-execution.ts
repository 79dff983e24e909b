import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import type { Dependencies } from "../runtime/dependencies.ts";

/** How an execution that did not succeed ended; `FORGOTTEN`: Step Functions knows it no more, 90 days after its end. */
export interface ExecutionEnd {
  readonly executionArn: string;
  readonly status: "FAILED" | "TIMED_OUT" | "ABORTED" | "FORGOTTEN";
  /** With the execution it names this end: a redrive's failure is another one. */
  readonly redriveCount: number;
  /** Epoch milliseconds. */
  readonly stoppedAt?: number | undefined;
  readonly error?: string | null | undefined;
  readonly cause?: string | null | undefined;
}

/** Where an execution stands, by Step Functions itself. */
export type Standing =
  | { readonly is: "running"; readonly redriveCount: number }
  | { readonly is: "succeeded" }
  | { readonly is: "ended"; readonly end: ExecutionEnd }
  | { readonly is: "forgotten" };

/** Looks at an execution. Step Functions may answer a moment behind: one that was just started may be unknown to it. */
export async function lookAtExecution(executionArn: string, { aws }: Dependencies): Promise<Standing> {
  try {
    const {
      status,
      redriveCount = 0,
      stopDate,
      error,
      cause,
    } = await aws.sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === "SUCCEEDED") return { is: "succeeded" };
    if (status === "FAILED" || status === "TIMED_OUT" || status === "ABORTED")
      return { is: "ended", end: { executionArn, status, redriveCount, stoppedAt: stopDate?.getTime(), error, cause } };
    return { is: "running", redriveCount };
  } catch (error) {
    if (error instanceof Error && error.name === "ExecutionDoesNotExist") return { is: "forgotten" };
    throw error;
  }
}
