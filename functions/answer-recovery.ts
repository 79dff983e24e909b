import { SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { abandon } from "./answers/abandon.ts";
import { type ApprovalAnswer, acceptApproval } from "./answers/accept-approval.ts";
import type { VerifiedCaller } from "./answers/four-eyes.ts";
import { type Approval, approvalRecord, type Decision, decisionRecord, type Waiting } from "./answers/records.ts";
import { Answer } from "./contracts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { InvalidAnswer } from "./runtime/errors.ts";
import type { Recovery, RecoveryStatus } from "./runtime/recovery.ts";
import { lambdaHandler } from "./runtime/step.ts";

/** An item of the recoveries table has at most 400 KB. */
const MOST_BYTES = 262_144;

export interface Answered {
  readonly recoveryId: string;
  readonly answer: string;
  readonly approvedHash?: string;
  /** Of `abandon`: what stays as it is, in sentences. */
  readonly stays?: readonly string[];
}

/**
 * A person's answer: recorded first, since the record is the authority; then the execution is woken. `caller` is given by an
 * API that knows who calls, never by a payload.
 */
export async function answerRecovery(answer: Answer, deps: Dependencies, caller?: VerifiedCaller): Promise<Answered> {
  const { recoveryId } = answer;
  checkForm(answer);
  const recovery = await deps.recoveries.load(recoveryId);
  if (answer.answer === "abandon") {
    const stays = await abandon(recovery, answer.by, deps);
    return { recoveryId, answer: answer.answer, stays };
  }
  const status = await deps.recoveries.get<RecoveryStatus>(recoveryId, "status");
  if (status?.outcome)
    throw new InvalidAnswer(
      `Recovery "${recoveryId}" has ended (${status.outcome}) and waits for nothing: nothing was recorded. Start a new recovery.`,
    );
  const waiting = await deps.recoveries.get<Waiting>(recoveryId, "waiting");
  if (!waiting) throw new InvalidAnswer(`Recovery "${recoveryId}" waits for nothing yet: nothing was recorded.`);
  const { answered, isNew } = isDecision(answer)
    ? await recordDecision(answer, waiting, deps)
    : await recordApproval(recovery, answer, waiting, deps, caller);
  await wake(waiting, answered, isNew, deps);
  return answered;
}

/** What can't be recorded, or would be something else once it is, is refused before anything is looked up. */
function checkForm(answer: Answer): void {
  const text = JSON.stringify(answer);
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes > MOST_BYTES)
    throw new InvalidAnswer(
      `The answer to recovery "${answer.recoveryId}" has ${bytes} bytes with its defaults, and ${MOST_BYTES} can be recorded: nothing was recorded. Choose fewer groups, or write shorter rules.`,
    );
  // JSON text escapes half a character by "\\ud8" to "\\udf"; a whole one stands as it is.
  if (/(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(text))
    throw new InvalidAnswer(
      `The answer to recovery "${answer.recoveryId}" holds half of a character (a lone surrogate): nothing was recorded. Write the whole character.`,
    );
}

interface Recorded {
  readonly answered: Answered;
  /** False: the same answer was given before, and its reply may have been lost. */
  readonly isNew: boolean;
}

type DecisionAnswer = Extract<Answer, { answer: "continue" | "stop" | "lift" }>;

function isDecision(answer: DecisionAnswer | ApprovalAnswer): answer is DecisionAnswer {
  return answer.answer === "continue" || answer.answer === "stop" || answer.answer === "lift";
}

async function recordDecision(
  { recoveryId, answer, by }: DecisionAnswer,
  { about, askedAt }: Waiting,
  deps: Dependencies,
): Promise<Recorded> {
  if (!about)
    throw new InvalidAnswer(
      `Recovery "${recoveryId}" waits for an approval, not for a decision: answer approve, reject or replan, not "${answer}".`,
    );
  const decision: Decision = { answer, about, askedAt, by, at: deps.now().toISOString() };
  const isNew = await keepFirst(
    recoveryId,
    decisionRecord(decision),
    decision,
    (first) => first.answer === answer,
    deps,
  );
  return { answered: { recoveryId, answer }, isNew };
}

async function recordApproval(
  recovery: Recovery,
  answer: ApprovalAnswer,
  { round, planHash, about }: Waiting,
  deps: Dependencies,
  caller: VerifiedCaller | undefined,
): Promise<Recorded> {
  const { recoveryId } = recovery;
  if (round === undefined || planHash === undefined)
    throw new InvalidAnswer(
      `Recovery "${recoveryId}" waits for a decision about the ${about}, not for an approval: answer continue, stop or lift, not "${answer.answer}".`,
    );
  const asked = { round, planHash, at: deps.now().toISOString() };
  const approval = await acceptApproval(recovery, answer, asked, deps, caller);
  const isSame = (first: Approval) =>
    first.answer === approval.answer &&
    first.approvedHash === approval.approvedHash &&
    JSON.stringify(first.rules) === JSON.stringify(approval.rules);
  const isNew = await keepFirst(recoveryId, approvalRecord(round), approval, isSame, deps);
  return { answered: { recoveryId, answer: answer.answer, approvedHash: approval.approvedHash }, isNew };
}

/** One answer a question: the first one stands. Answers whether this one is it; the same again is no error. */
async function keepFirst<Given extends { readonly answer: string; readonly by: string; readonly at: string }>(
  recoveryId: string,
  record: string,
  given: Given,
  isSame: (first: Given) => boolean,
  { recoveries }: Dependencies,
): Promise<boolean> {
  if (await recoveries.putOnce(recoveryId, record, given)) return true;
  const first = await recoveries.get<Given>(recoveryId, record);
  if (first && isSame(first)) return false;
  throw new InvalidAnswer(
    `Recovery "${recoveryId}" has an answer to this question already: ${first?.answer} by ${first?.by} at ${first?.at}. It stands.`,
  );
}

async function wake(waiting: Waiting, { recoveryId, answer }: Answered, isNew: boolean, { aws }: Dependencies) {
  try {
    await aws.sfn.send(
      new SendTaskSuccessCommand({ taskToken: waiting.taskToken, output: JSON.stringify({ answer }) }),
    );
  } catch (error) {
    const isGone = error instanceof Error && ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"].includes(error.name);
    if (!isGone) throw error;
    // Given before, and the execution has taken it since.
    if (!isNew) return;
    throw new InvalidAnswer(
      `Recovery "${recoveryId}" does not wait at this question any more (it timed out, or the execution was stopped). The answer "${answer}" is recorded: if the execution failed, redrive it and give the same answer again when it asks.`,
      { cause: error },
    );
  }
}

export const handler = lambdaHandler("AnswerRecovery", Answer, (answer, deps) => answerRecovery(answer, deps));
