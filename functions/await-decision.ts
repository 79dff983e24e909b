import { ask } from "./answers/ask.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import { freezeSentence } from "./read-only/freeze-sentence.ts";
import type { Health } from "./run-health-check.ts";
import { answerCommand } from "./runtime/commands.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { notify } from "./runtime/notify.ts";
import { step } from "./runtime/step.ts";
import { assertNotSuperseded } from "./runtime/superseded.ts";

const WHAT_HAPPENED: Readonly<Record<StepInput<"AwaitDecision">["about"], string>> = {
  plan: 'The plan has conflicts, and the request says "conflicts": "fail".',
  trial: "The trial items are not as planned after their repair.",
  repairs: "Some repaired items are not as planned.",
  health: "Your health check says that the application is not well.",
};

/** Keeps the task token and asks people how to go on after something that was not as planned. */
export async function awaitDecision(
  { recoveryId, table, about, taskToken, execution }: StepInput<"AwaitDecision">,
  deps: Dependencies,
): Promise<StepOutput<"AwaitDecision">> {
  const recovery = await deps.recoveries.load(recoveryId);
  assertNotSuperseded(recovery, execution);
  await ask(recoveryId, { for: "decision", about, taskToken }, deps);
  const health = about === "health" ? await deps.recoveries.get<Health>(recoveryId, "health") : undefined;
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: `waiting for a decision about the ${about}` });
  await notify(deps, `Backstitch: the recovery of ${table} waits for a decision`, [
    `Recovery ${recoveryId} of table ${table} has stopped to ask about the ${about}. ${WHAT_HAPPENED[about]}`,
    ...(health?.message ? [`It says: ${health.message}`] : []),
    await freezeSentence(recovery, deps),
    `Results: s3://${deps.artifacts.bucket}/${deps.artifacts.key(recoveryId, "results/")}`,
    "Go on all the same:",
    answerCommand(deps.environment, { recoveryId, answer: "continue", by: "YOUR NAME" }),
    "Stop and leave the table as it is, frozen or not (72 hours without an answer do the same):",
    answerCommand(deps.environment, { recoveryId, answer: "stop", by: "YOUR NAME" }),
    "Stop and lift the freeze:",
    answerCommand(deps.environment, { recoveryId, answer: "lift", by: "YOUR NAME" }),
  ]);
  return {};
}

export const handler = step("AwaitDecision", awaitDecision);
