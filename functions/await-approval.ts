import { ask } from "./answers/ask.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import type { Estimate, RepairEstimate } from "./plan/estimate.ts";
import { readPlanRecord } from "./plan/read-plan.ts";
import { freezeSentence } from "./read-only/freeze-sentence.ts";
import { answerCommand } from "./runtime/commands.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { notify } from "./runtime/notify.ts";
import type { Recovery } from "./runtime/recovery.ts";
import { step } from "./runtime/step.ts";
import { assertNotSuperseded } from "./runtime/superseded.ts";

/** Keeps the task token and tells people that a plan waits for their yes, and whether the freeze is up meanwhile. */
export async function awaitApproval(
  input: StepInput<"AwaitApproval">,
  deps: Dependencies,
): Promise<StepOutput<"AwaitApproval">> {
  const { recoveryId, table, round, planHash, taskToken, execution } = input;
  const recovery = await deps.recoveries.load(recoveryId);
  assertNotSuperseded(recovery, execution);
  const plan = await readPlanRecord(recoveryId, round, deps);
  const { askedAt } = await ask(recoveryId, { for: "approval", taskToken, round, planHash }, deps);
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: "waiting for approval" });
  const { writes, conflicts, created, groups, twoWay, delta, nearBoundary, estimate } = plan;
  await notify(deps, `Backstitch: the plan for ${table} waits for approval`, [
    `Recovery ${recoveryId} of table ${table} has a plan: ${writes} items to repair, ${conflicts} conflicts, ${created} created by the incident or since; ${groups} groups of changes.`,
    await freezeSentence(recovery, deps),
    ...(delta > 0
      ? [
          `Of ${delta} items a counter's difference is taken back: good increments between the first and the last bad second go with it.`,
        ]
      : []),
    ...(nearBoundary > 0
      ? [
          `${nearBoundary} items were written within 60 seconds of the first or the last bad second, by which clocks may differ.`,
        ]
      : []),
    estimateSentence(writes > 0 ? estimate.asPlanned : estimate.allGroups, estimate, writes > 0),
    ...(twoWay
      ? [
          'The plan is two-way: nobody can tell the bug\'s changes from later good ones. Approving it takes "groups", or "accept": "may-lose-good-writes".',
        ]
      : []),
    `Read it: s3://${deps.artifacts.bucket}/${deps.artifacts.key(recoveryId, `plan/${round}/plan.json`)}`,
    'Approve exactly this plan (add "groups" to take some of its changes only):',
    answerCommand(deps.environment, { recoveryId, answer: "approve", planHash, by: "YOUR NAME" }),
    "Or plan again with other rules, with the same freeze and evidence:",
    answerCommand(deps.environment, { recoveryId, answer: "replan", rules: { conflicts: "merge" }, by: "YOUR NAME" }),
    "Or reject it, which lifts the freeze:",
    answerCommand(deps.environment, { recoveryId, answer: "reject", by: "YOUR NAME" }),
    deadline(recovery, askedAt),
  ]);
  return {};
}

function estimateSentence(repair: RepairEstimate, { currency, pricesOf, region }: Estimate, isWhole: boolean): string {
  const { usd, minutes } = repair;
  return `${isWhole ? "Repairing it" : "Repairing all groups"} takes about ${minutes.from} to ${minutes.to} minutes and ${currency} ${usd.toFixed(2)} (prices of ${region}, ${pricesOf}).`;
}

function deadline({ request }: Recovery, askedAt: string): string {
  const { timeoutHours, onTimeout } = request.approval;
  const at = new Date(Date.parse(askedAt) + timeoutHours * 3_600_000).toISOString();
  const what =
    onTimeout === "lift" ? "lifts the freeze and ends" : "stops and leaves the table as it is, frozen or not";
  return `Without an answer by ${at} the recovery ${what}.`;
}

export const handler = step("AwaitApproval", awaitApproval);
