import pMap from "p-map";
import { planRecord } from "./answers/records.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import {
  type PlannedPart,
  type PlanPartResult,
  type PlanRecord,
  type PlanSummary,
  plannedPartRecord,
  type TrialCandidate,
} from "./plan/plan-record.ts";
import { roundRules } from "./plan/round-rules.ts";
import { mergeCounts, NO_COUNTS, type PlanCounts } from "./repair/plan-counts.ts";
import { hashOf, hashPlan } from "./repair/plan-hash.ts";
import { isoSeconds } from "./request/parse-time.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";

const AT_ONCE = 16;

/** Adds the parts up into one plan with one hash, pins every part, and writes down what a person reads before saying yes. */
export async function summarizePlan(
  { recoveryId, table, round }: StepInput<"SummarizePlan">,
  deps: Dependencies,
): Promise<StepOutput<"SummarizePlan">> {
  const recovery = await deps.recoveries.load(recoveryId);
  const { rules, now } = await roundRules(recovery, round, deps);
  const { counts, parts, candidates } = await addUp(recoveryId, round, deps);
  const planHash = hashOf({ rules, now, parts: hashPlan(parts.map(({ sha256 }) => sha256)) });
  await pMap(parts, (part) => deps.recoveries.put(recoveryId, plannedPartRecord(round, part.part), part), {
    concurrency: AT_ONCE,
  });
  const manifest = await deps.artifacts.putJson(
    recoveryId,
    `plan/${round}/parts.json`,
    parts.map(({ part }) => ({ part })),
  );
  const { writes, conflicts, created } = headline(counts);
  const summary: PlanSummary = {
    recoveryId,
    table,
    round,
    planHash,
    plannedAt: deps.now().toISOString(),
    restoreDateTime: isoSeconds(recovery.restoreDateTime),
    ...(recovery.incidentEnd === undefined ? {} : { incidentEnd: isoSeconds(recovery.incidentEnd) }),
    rules,
    twoWay: counts.twoWay > 0,
    writes,
    conflicts,
    created,
    counts,
    parts: parts.length,
    sideEffects: recovery.sideEffects,
    candidates,
  };
  await deps.artifacts.putJson(recoveryId, `plan/${round}/plan.json`, summary);
  const record: PlanRecord = {
    round,
    planHash,
    plannedAt: summary.plannedAt,
    twoWay: summary.twoWay,
    writes,
    conflicts,
    created,
    parts: parts.length,
    groups: counts.groups.length,
    deletesThatNeedFreeze: counts.deletesThatNeedFreeze,
  };
  await deps.recoveries.put(recoveryId, planRecord(round), record);
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: "planned" });
  const verdict =
    parts.length === 0 ? "nothing" : rules.conflicts === "fail" && conflicts > 0 ? "conflict" : "repairable";
  return { verdict, planHash, manifest: { bucket: deps.artifacts.bucket, key: manifest.key }, writes, conflicts };
}

/** One result per part is demanded: a part that left none is an error, never a smaller plan. */
async function addUp(recoveryId: string, round: number, deps: Dependencies) {
  const manifest = await deps.artifacts.getJson<{ part: string }[]>(recoveryId, "parts.json");
  const results = await pMap(
    manifest,
    ({ part }) => deps.artifacts.getJson<PlanPartResult>(recoveryId, `results/plan/${round}/${part}.json`),
    { concurrency: AT_ONCE },
  );
  let counts: PlanCounts = NO_COUNTS;
  const parts: PlannedPart[] = [];
  const candidates = new Map<string, TrialCandidate[]>();
  for (const result of results) {
    counts = mergeCounts(counts, result.counts);
    parts.push(...result.parts);
    for (const candidate of result.candidates) {
      const kept = candidates.get(candidate.group) ?? [];
      if (kept.length < 3) candidates.set(candidate.group, [...kept, candidate]);
    }
  }
  return { counts, parts, candidates: [...candidates.values()].flat() };
}

function headline({ actions }: PlanCounts): { writes: number; conflicts: number; created: number } {
  return {
    writes: (actions.update ?? 0) + (actions.put ?? 0) + (actions.delete ?? 0),
    conflicts: actions.conflict ?? 0,
    created: actions.created ?? 0,
  };
}

export const handler = step("SummarizePlan", summarizePlan);
