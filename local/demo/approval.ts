import { setTimeout as sleep } from "node:timers/promises";
import type { PlanSummary } from "../../functions/plan/plan-record.ts";
import type { Follower } from "./follow.ts";
import type { Operator } from "./operator.ts";
import type { Approval } from "./stories/past-story.ts";

/** The recovery did not come to its end: the message is the execution's own error and cause. */
export class RecoveryFailed extends Error {
  override readonly name = "RecoveryFailed";
}

/** Waits until the recovery asks, reads its plan and approves it; undefined where it ended without asking. */
export async function approveWhenAsked(
  follower: Follower,
  operator: Operator,
  recoveryId: string,
  choose: (plan: PlanSummary) => Approval,
): Promise<{ readonly plan: PlanSummary; readonly choice: Approval } | undefined> {
  const { status } = await follower.reached("AwaitApproval");
  if (status !== "RUNNING") return undefined;
  const plan = await operator.plan(recoveryId);
  const choice = choose(plan);
  // The question is asked a moment before its token is stored.
  for (let tries = 1; ; tries += 1) {
    try {
      await operator.approve(recoveryId, plan.planHash, choice);
      return { plan, choice };
    } catch (error) {
      if (tries >= 20) throw error;
      await sleep(250);
    }
  }
}

/** A recovery that asks for a decision would wait for days: the stories have nobody to give one. */
export async function unforeseen(follower: Follower): Promise<void> {
  const { status } = await follower.reached("AwaitDecision");
  if (status === "RUNNING") throw new RecoveryFailed("The recovery asks for a decision: something is not as planned.");
}
