import type { Answer, GroupChoice } from "../contracts.ts";
import { groupChoice } from "../plan/group-choice.ts";
import type { PlanRecord, PlanSummary } from "../plan/plan-record.ts";
import { hashApproved } from "../repair/plan-hash.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidAnswer } from "../runtime/errors.ts";
import { type Approval, planRecord } from "./records.ts";

export type ApprovalAnswer = Exclude<Answer, { answer: "continue" | "stop" | "lift" }>;

/** Checks an answer to a plan against that plan, and makes the record of it. */
export async function acceptApproval(
  answer: ApprovalAnswer,
  asked: { readonly round: number; readonly planHash: string; readonly at: string },
  deps: Dependencies,
): Promise<Approval> {
  const { round, planHash, at } = asked;
  const base = { round, planHash, by: answer.by, at };
  if (answer.answer === "reject") return { ...base, answer: "reject", approvedHash: "none" };
  if (answer.answer === "replan") return { ...base, answer: "replan", approvedHash: "none", rules: answer.rules };

  if (answer.planHash !== planHash)
    throw new InvalidAnswer(
      `Recovery "${answer.recoveryId}" asks about plan ${planHash}, and the answer approves ${answer.planHash}: read the plan of round ${round} again and approve its hash.`,
    );
  const plan = await deps.recoveries.get<PlanRecord>(answer.recoveryId, planRecord(round));
  if (plan?.twoWay && !answer.groups && answer.accept !== "may-lose-good-writes")
    throw new InvalidAnswer(
      `The plan of recovery "${answer.recoveryId}" is two-way: nobody can tell the bug's changes from later good writes. Choose groups, or write "accept": "may-lose-good-writes".`,
    );
  if (answer.groups) await checkGroups(answer.recoveryId, round, answer.groups, deps);
  const choices = {
    ...(answer.groups ? { groups: answer.groups.map(groupChoice) } : {}),
    ...(answer.accept ? { accept: answer.accept } : {}),
  };
  return {
    ...base,
    answer: "approve",
    approvedHash: hashApproved(planHash, choices),
    ...choices,
  };
}

/** A group that the plan does not have is a typo, and a typo must not choose nothing in silence. */
async function checkGroups(recoveryId: string, round: number, chosen: readonly GroupChoice[], deps: Dependencies) {
  const { counts } = await deps.artifacts.getJson<PlanSummary>(recoveryId, `plan/${round}/plan.json`);
  const signature = ({ kind, attributes }: { readonly kind: string; readonly attributes: readonly string[] }) =>
    `${kind} [${[...attributes].sort().join(", ")}]`;
  const known = new Set(counts.groups.map(signature));
  for (const choice of chosen) {
    if (!known.has(signature(choice)))
      throw new InvalidAnswer(
        `Group ${signature(choice)} is not in the plan of recovery "${recoveryId}": it has ${[...known].join("; ")}.`,
      );
    const stranger = choice.revert?.find((name) => !choice.attributes.includes(name));
    if (stranger !== undefined)
      throw new InvalidAnswer(
        `Group ${signature(choice)} can't revert "${stranger}", which it did not change: name some of its own attributes.`,
      );
  }
}
