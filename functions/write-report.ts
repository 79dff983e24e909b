import { giveTableBack } from "./apply/earlier-writers.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import { buildReport } from "./report/build-report.ts";
import { renderMarkdown } from "./report/render-markdown.ts";
import { isFrozen } from "./report/report.ts";
import { liftCommand } from "./runtime/commands.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { notify } from "./runtime/notify.ts";
import { step } from "./runtime/step.ts";
import { assertNotSuperseded } from "./runtime/superseded.ts";

/** Writes what happened as JSON and as a page, tells people, and gives the lock back where nothing is frozen any more. */
export async function writeReport(
  { recoveryId, table, outcome, round, planHash, execution }: StepInput<"WriteReport">,
  deps: Dependencies,
): Promise<StepOutput<"WriteReport">> {
  const recovery = await deps.recoveries.load(recoveryId);
  assertNotSuperseded(recovery, execution);
  const report = await buildReport(recovery, { outcome, round, planHash }, deps);
  const { key } = await deps.artifacts.putJson(recoveryId, "report.json", report);
  const page = renderMarkdown(report, recovery, deps.environment);
  await deps.artifacts.putText(recoveryId, "report.md", page, "text/markdown; charset=utf-8");
  const address = `s3://${deps.artifacts.bucket}/${key}`;
  const frozen = isFrozen(report.readOnly);
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: "ended", outcome, report: address });
  if (!frozen) await giveTableBack(recovery, deps);

  const still = frozen
    ? `The table is still frozen; lift it: ${liftCommand(deps.environment, recovery)}`
    : "Nothing is frozen.";
  const { outcomes, leftCount } = report.repairs;
  await notify(deps, `Backstitch: the recovery of ${table} ended: ${outcome}`, [
    `Recovery ${recoveryId} of table ${table} ended: ${outcome}.`,
    `${outcomes.written ?? 0} items were repaired, ${leftCount} are left for a person to decide.`,
    still,
    `Report: ${address}`,
  ]);
  const cause =
    outcome === "Stopped"
      ? `The recovery of ${table} was stopped: a redrive changes nothing; an execution with { "resume": "${recoveryId}" } asks again. ${still} Report: ${address}`
      : `The recovery of ${table} ended: ${outcome}. Report: ${address}`;
  return { report: address, cause };
}

export const handler = step("WriteReport", writeReport);
