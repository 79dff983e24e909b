import { planRecord } from "../answers/records.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { MissingResult } from "../runtime/errors.ts";
import type { PlanRecord, PlanSummary } from "./plan-record.ts";

/** The record of a round's plan. */
export async function readPlanRecord(recoveryId: string, round: number, deps: Dependencies): Promise<PlanRecord> {
  const record = await deps.recoveries.get<PlanRecord>(recoveryId, planRecord(round));
  if (!record)
    throw new MissingResult(`Recovery "${recoveryId}" has no plan of round ${round}: redrive the execution.`);
  return record;
}

/** The summary that people read, as SummarizePlan wrote it. */
export async function readPlanSummary(recoveryId: string, round: number, deps: Dependencies): Promise<PlanSummary> {
  const { summary } = await readPlanRecord(recoveryId, round, deps);
  return deps.artifacts.getPinned<PlanSummary>(recoveryId, `plan/${round}/plan.json`, summary);
}
