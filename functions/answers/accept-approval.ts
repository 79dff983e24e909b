import type { Answer, Rules } from "../contracts.ts";
import { groupChoice } from "../plan/group-choice.ts";
import type { PlanSummary } from "../plan/plan-record.ts";
import { readPlanRecord, readPlanSummary } from "../plan/read-plan.ts";
import { type Choices, hashApproved } from "../repair/plan-hash.ts";
import { checkAttributes } from "../request/check-attributes.ts";
import { checkExpressions } from "../request/check-expressions.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidAnswer, InvalidRequest } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { checkChosenGroups, deletesOfChosen } from "./chosen-groups.ts";
import { lackOfFourEyes, type VerifiedCaller } from "./four-eyes.ts";
import type { Approval } from "./records.ts";

export type ApprovalAnswer = Extract<Answer, { answer: "approve" | "reject" | "replan" }>;
type Approve = Extract<ApprovalAnswer, { answer: "approve" }>;

interface Asked {
  readonly round: number;
  readonly planHash: string;
  readonly at: string;
}

/** Checks an answer to a plan against that plan, and makes the record of it. */
export async function acceptApproval(
  recovery: Recovery,
  answer: ApprovalAnswer,
  asked: Asked,
  deps: Dependencies,
  caller?: VerifiedCaller,
): Promise<Approval> {
  const who = caller ? ({ by: caller.by, verified: true } as const) : { by: answer.by };
  const base = { ...asked, ...who };
  if (answer.answer === "reject") return { ...base, answer: "reject", approvedHash: "none" };
  if (answer.answer === "replan") {
    checkRules(recovery, answer.rules);
    return { ...base, answer: "replan", approvedHash: "none", rules: answer.rules };
  }
  const lack = await lackOfFourEyes(recovery, who, deps);
  if (lack) throw new InvalidAnswer(`${lack} Nothing was recorded.`);
  const choices = await checkApproval(answer, asked, deps);
  return {
    ...base,
    answer: "approve",
    approvedHash: hashApproved(asked.planHash, choices.made),
    ...choices.made,
    ...choices.counted,
  };
}

/** The rules of another round must be as good as those of a request. */
function checkRules({ recoveryId, keySchema, table }: Recovery, rules: Rules): void {
  try {
    checkAttributes(rules, keySchema, table);
    checkExpressions(rules);
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    throw new InvalidAnswer(`The rules for another plan of recovery "${recoveryId}" don't hold: ${error.message}`, {
      cause: error,
    });
  }
}

async function checkApproval(answer: Approve, { round, planHash }: Asked, deps: Dependencies) {
  const { recoveryId, groups, accept } = answer;
  if (answer.planHash !== planHash)
    throw new InvalidAnswer(
      `Recovery "${recoveryId}" asks about plan ${planHash}, and the answer approves ${answer.planHash}: read the plan of round ${round} again and approve its hash.`,
    );
  const plan = await readPlanRecord(recoveryId, round, deps);
  if (plan.twoWay && !groups && !accept)
    throw new InvalidAnswer(
      `The plan of recovery "${recoveryId}" is two-way: nobody can tell the bug's changes from later good writes. Choose groups, or write "accept": "may-lose-good-writes".`,
    );
  if (plan.writes === 0 && !groups && !accept)
    throw new InvalidAnswer(
      `The plan of recovery "${recoveryId}" writes nothing as it stands (${plan.conflicts} conflicts, ${plan.created} created): choose groups, plan again with other rules, or reject it.`,
    );
  const summary = await readPlanSummary(recoveryId, round, deps);
  const made: Choices = {
    ...(groups ? { groups: groups.map(groupChoice) } : {}),
    ...(accept ? { accept } : {}),
  };
  if (made.groups) checkChosenGroups(recoveryId, made.groups, summary);
  return { made, counted: { deletesThatNeedFreeze: deletesThatNeedFreeze(made, summary) } };
}

function deletesThatNeedFreeze({ groups, accept }: Choices, plan: PlanSummary): number {
  if (groups) return deletesOfChosen(groups, plan);
  if (!accept) return plan.counts.deletesThatNeedFreeze;
  // The accept selects every change; what was created goes only where the rules say so.
  if (plan.rules.created !== "delete") return 0;
  return Object.values(plan.deletesThatNeedFreeze).reduce((sum, count) => sum + count, 0);
}
