import { SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { acceptApproval } from "./answers/accept-approval.ts";
import { type Approval, approvalRecord, type Decision, type Waiting } from "./answers/records.ts";
import { Answer } from "./contracts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { InvalidAnswer } from "./runtime/errors.ts";
import { lambdaHandler } from "./runtime/step.ts";

export interface Answered {
  readonly recoveryId: string;
  readonly answer: string;
  readonly approvedHash?: string;
}

/** A person's answer: recorded first, since the record is the authority; then the execution is woken. */
export async function answerRecovery(answer: Answer, deps: Dependencies): Promise<Answered> {
  const { recoveryId } = answer;
  await deps.recoveries.load(recoveryId);
  const waiting = await deps.recoveries.get<Waiting>(recoveryId, "waiting");
  if (!waiting) throw new InvalidAnswer(`Recovery "${recoveryId}" waits for nothing: nothing was recorded.`);
  const answered = await record(answer, waiting, deps);
  await wake(waiting, answered, deps);
  return answered;
}

async function record(answer: Answer, waiting: Waiting, deps: Dependencies): Promise<Answered> {
  const { recoveryId } = answer;
  const at = deps.now().toISOString();
  if (isDecision(answer)) {
    if (waiting.for !== "decision" || !waiting.about)
      throw new InvalidAnswer(
        `Recovery "${recoveryId}" waits for an approval, not for a decision: answer approve, reject or replan, not "${answer.answer}".`,
      );
    const decision: Decision = {
      answer: answer.answer,
      about: waiting.about,
      askedAt: waiting.askedAt,
      by: answer.by,
      at,
    };
    await deps.recoveries.put(recoveryId, "decision", decision);
    return { recoveryId, answer: answer.answer };
  }
  const { round, planHash } = waiting;
  if (waiting.for !== "approval" || round === undefined || planHash === undefined)
    throw new InvalidAnswer(
      `Recovery "${recoveryId}" waits for a decision about the ${waiting.about}, not for an approval: answer continue, stop or lift, not "${answer.answer}".`,
    );
  const approval = await acceptApproval(answer, { round, planHash, at }, deps);
  await keep(recoveryId, approval, deps);
  return { recoveryId, answer: answer.answer, approvedHash: approval.approvedHash };
}

type DecisionAnswer = Extract<Answer, { answer: "continue" | "stop" | "lift" }>;

function isDecision(answer: Answer): answer is DecisionAnswer {
  return answer.answer === "continue" || answer.answer === "stop" || answer.answer === "lift";
}

/** One answer a round: the first one stands; the same one again is no error, so that a lost reply can be repeated. */
async function keep(recoveryId: string, approval: Approval, deps: Dependencies): Promise<void> {
  if (await deps.recoveries.putOnce(recoveryId, approvalRecord(approval.round), approval)) return;
  const first = await deps.recoveries.get<Approval>(recoveryId, approvalRecord(approval.round));
  if (first?.answer === approval.answer && first.approvedHash === approval.approvedHash) return;
  throw new InvalidAnswer(
    `Recovery "${recoveryId}" has an answer for this plan already: ${first?.answer} by ${first?.by} at ${first?.at}. It stands.`,
  );
}

async function wake(waiting: Waiting, answered: Answered, { aws }: Dependencies): Promise<void> {
  try {
    await aws.sfn.send(
      new SendTaskSuccessCommand({ taskToken: waiting.taskToken, output: JSON.stringify({ answer: answered.answer }) }),
    );
  } catch (error) {
    // Redriven or timed out meanwhile: the record is there for the next time it asks.
    if (error instanceof Error && (error.name === "TaskTimedOut" || error.name === "TaskDoesNotExist"))
      throw new InvalidAnswer(
        `Recovery "${answered.recoveryId}" no longer waits at this question (it timed out, was answered or was stopped). The answer "${answered.answer}" is recorded; redrive the execution if it failed.`,
        { cause: error },
      );
    throw error;
  }
}

export const handler = lambdaHandler("AnswerRecovery", Answer, answerRecovery);
