import { planRecord, type Waiting } from "./answers/records.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import type { PlanRecord } from "./plan/plan-record.ts";
import { freezeSentence } from "./read-only/freeze-sentence.ts";
import { answerCommand } from "./runtime/commands.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { MissingResult } from "./runtime/errors.ts";
import { notify } from "./runtime/notify.ts";
import { step } from "./runtime/step.ts";

/** Keeps the task token and tells people that a plan waits for their yes, and whether the freeze is up meanwhile. */
export async function awaitApproval(
  input: StepInput<"AwaitApproval">,
  deps: Dependencies,
): Promise<StepOutput<"AwaitApproval">> {
  const { recoveryId, table, round, planHash, taskToken } = input;
  const recovery = await deps.recoveries.load(recoveryId);
  const plan = await deps.recoveries.get<PlanRecord>(recoveryId, planRecord(round));
  if (!plan) throw new MissingResult(`Recovery "${recoveryId}" has no plan of round ${round}: redrive the execution.`);
  const now = deps.now();
  const waiting: Waiting = { for: "approval", taskToken, round, planHash, askedAt: now.toISOString() };
  await deps.recoveries.put(recoveryId, "waiting", waiting);
  await deps.recoveries.setStatus(recoveryId, now, { state: "waiting for approval" });
  const { writes, conflicts, created, groups, twoWay } = plan;
  await notify(deps, `Backstitch: the plan for ${table} waits for approval`, [
    `Recovery ${recoveryId} of table ${table} has a plan: ${writes} items to repair, ${conflicts} conflicts, ${created} created by the incident or since; ${groups} groups of changes.`,
    await freezeSentence(recovery, deps),
    ...(twoWay
      ? [
          'The plan is two-way: nobody can tell the bug\'s changes from later good ones. Approving it takes "accept": "may-lose-good-writes".',
        ]
      : []),
    `Read it: s3://${deps.artifacts.bucket}/${deps.artifacts.key(recoveryId, `plan/${round}/plan.json`)}`,
    'Approve exactly this plan (add "groups" to take some of its changes only):',
    answerCommand(deps.environment, { recoveryId, answer: "approve", planHash, by: "YOUR NAME" }),
    "Or reject it, which lifts the freeze:",
    answerCommand(deps.environment, { recoveryId, answer: "reject", by: "YOUR NAME" }),
  ]);
  return {};
}

export const handler = step("AwaitApproval", awaitApproval);
