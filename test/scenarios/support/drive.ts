/** An operator who answers what is asked and redrives what failed, until the recovery has ended. */
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeExecutionCommand, type DescribeExecutionCommandOutput } from "@aws-sdk/client-sfn";
import type { Waiting } from "../../../functions/answers/records.ts";
import type { DeployedPocketAws } from "../../support/deployed-pocket-aws.ts";
import { record } from "./operator.ts";

const POLL_MS = 20;
const GIVE_UP_MS = Number(process.env.GIVE_UP_MS ?? 60_000);

export interface Drive {
  /** The answer to a question, without recovery and name; `undefined` gives none. */
  readonly answer: (question: Waiting) => object | undefined;
  /** How often it may fail and be redriven. */
  readonly redrives: number;
}

/** Approves every plan as it stands, and goes on at every decision. */
export function approveAll({ for: what, planHash }: Waiting): object {
  return what === "approval" ? { answer: "approve", planHash } : { answer: "continue" };
}

/** Drives a recovery to SUCCEEDED; a failure beyond the allowed ones is an error that shows its cause. */
export async function driveToEnd(
  stage: DeployedPocketAws,
  executionArn: string,
  { answer, redrives }: Drive,
): Promise<DescribeExecutionCommandOutput> {
  const recoveryId = executionArn.split(":").at(-1) ?? "";
  let answered: string | undefined;
  let left = redrives;
  for (const deadline = Date.now() + GIVE_UP_MS; ; await sleep(POLL_MS)) {
    const execution = await stage.sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status === "SUCCEEDED") return execution;
    if (execution.status === "FAILED" || execution.status === "ABORTED") {
      if (left === 0)
        throw new Error(`${executionArn} ended ${execution.status}: ${execution.error} ${execution.cause}`);
      left -= 1;
      await stage.redrive(executionArn);
      continue;
    }
    const waiting = await record<Waiting>(stage, recoveryId, "waiting");
    const given = waiting && waiting.taskToken !== answered ? answer(waiting) : undefined;
    if (waiting && given) {
      answered = waiting.taskToken;
      // A question whose execution was stopped in the meantime is asked again.
      await stage.answer({ ...given, recoveryId, by: "on-call" }).catch(onlyLate);
    }
    if (Date.now() > deadline)
      throw new Error(`${executionArn} does not end: it is in ${(await stage.stateNames(executionArn)).at(-1)}`);
  }
}

function onlyLate(error: Error): void {
  if (!error.message.includes("does not wait at this question any more")) throw error;
}
