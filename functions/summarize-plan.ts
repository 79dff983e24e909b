import pMap, { pMapIterable } from "p-map";
import { planRecord } from "./answers/records.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import { readExportRecord } from "./evidence/export/export-record.ts";
import { partName } from "./key-sources/key-part.ts";
import type { KeysRecord } from "./key-sources/key-parts.ts";
import { estimatePlan, evidenceUsd, type ToRepair } from "./plan/estimate.ts";
import { nextRequests } from "./plan/next-requests.ts";
import { CANDIDATES_A_GROUP } from "./plan/plan-part-writer.ts";
import {
  type PlannedPart,
  type PlanPartResult,
  type PlanRecord,
  type PlanSummary,
  plannedPartRecord,
  planResultRecord,
  type TrialCandidate,
} from "./plan/plan-record.ts";
import { roundRules } from "./plan/round-rules.ts";
import { verdictOf } from "./plan/verdict.ts";
import { mergeCounts, NO_COUNTS, type PlanCounts } from "./repair/plan-counts.ts";
import { hashOf, hashPlan } from "./repair/plan-hash.ts";
import { isoSeconds } from "./request/parse-time.ts";
import { type Pin, pinOf } from "./runtime/artifacts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { MissingResult } from "./runtime/errors.ts";
import type { Recovery } from "./runtime/recovery.ts";
import { step } from "./runtime/step.ts";
import { assertNotSuperseded } from "./runtime/superseded.ts";

const AT_ONCE = 16;

/** Adds the parts up into one plan with one hash, pins every part, and writes down what a person reads before saying yes. */
export async function summarizePlan(
  { recoveryId, table, round, execution }: StepInput<"SummarizePlan">,
  deps: Dependencies,
): Promise<StepOutput<"SummarizePlan">> {
  const recovery = await deps.recoveries.load(recoveryId);
  assertNotSuperseded(recovery, execution);
  const { rules, now } = await roundRules(recovery, round, deps);
  const { keys, counts, parts, candidates, deletesThatNeedFreeze } = await addUp(recoveryId, round, deps);
  const planHash = hashOf({ rules, now, parts: hashPlan(parts.map(({ sha256 }) => sha256)) });
  await pMap(parts, (part) => deps.recoveries.put(recoveryId, plannedPartRecord(planHash, part.part), part), {
    concurrency: AT_ONCE,
  });
  const manifest = await deps.artifacts.putJson(
    recoveryId,
    `plan/${round}/parts.json`,
    parts.map(({ part }) => ({ part })),
  );
  const { writes, conflicts, created } = headline(counts);
  const estimate = estimatePlan(
    { asPlanned: { items: writes, writeUnits: counts.writeUnits }, allGroups: ofGroups(counts) },
    recovery.request.concurrency,
    await evidenceCost(recovery, deps),
  );
  const summary: PlanSummary = {
    recoveryId,
    table,
    round,
    planHash,
    plannedAt: deps.now().toISOString(),
    restoreDateTime: isoSeconds(recovery.restoreDateTime),
    ...(recovery.incidentEnd === undefined ? {} : { incidentEnd: isoSeconds(recovery.incidentEnd) }),
    evidence: { kind: recovery.evidence, reason: recovery.evidenceReason },
    keys: { source: keys.source, collected: keys.collected, keys: keys.keys, untouched: keys.untouched },
    rules,
    twoWay: counts.twoWay > 0,
    writes,
    conflicts,
    created,
    counts,
    parts: parts.length,
    estimate,
    next: nextRequests(recovery, rules, counts),
    sideEffects: recovery.sideEffects,
    candidates,
    deletesThatNeedFreeze,
  };
  const stored = await deps.artifacts.putJson(recoveryId, `plan/${round}/plan.json`, summary);
  const record: PlanRecord = {
    round,
    planHash,
    plannedAt: summary.plannedAt,
    twoWay: summary.twoWay,
    writes,
    conflicts,
    created,
    parts: parts.length,
    estimate,
    delta: counts.delta,
    nearBoundary: counts.nearBoundary,
    groups: counts.groups.length,
    deletesThatNeedFreeze: counts.deletesThatNeedFreeze,
    summary: pinOf(stored),
  };
  await deps.recoveries.put(recoveryId, planRecord(round), record);
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: "planned" });
  return {
    verdict: verdictOf(summary),
    planHash,
    manifest: { bucket: deps.artifacts.bucket, key: manifest.key },
    writes,
    conflicts,
  };
}

/** One result per part is demanded: a part that left none is an error, never a smaller plan. */
async function addUp(recoveryId: string, round: number, deps: Dependencies) {
  const keys = await deps.recoveries.get<KeysRecord>(recoveryId, "keys");
  if (!keys)
    throw new MissingResult(`Recovery "${recoveryId}" has no list of parts: ListParts did not end. Redrive it.`);
  let counts: PlanCounts = NO_COUNTS;
  const parts: PlannedPart[] = [];
  const candidates = new Map<string, TrialCandidate[]>();
  const needFreeze = new Map<string, number>();
  const results = pMapIterable(
    Array.from({ length: keys.parts }, (_, index) => partName(index)),
    (part) => resultOf(recoveryId, round, part, deps),
    { concurrency: AT_ONCE },
  );
  for await (const result of results) {
    counts = mergeCounts(counts, result.counts);
    parts.push(...result.parts);
    for (const candidate of result.candidates) {
      const kept = candidates.get(candidate.group) ?? [];
      if (kept.length < CANDIDATES_A_GROUP) candidates.set(candidate.group, [...kept, candidate]);
    }
    for (const [group, count] of Object.entries(result.deletesThatNeedFreeze))
      needFreeze.set(group, (needFreeze.get(group) ?? 0) + count);
  }
  return {
    keys,
    counts,
    parts,
    candidates: [...candidates.values()].flat(),
    deletesThatNeedFreeze: Object.fromEntries(needFreeze),
  };
}

function ofGroups({ groups }: PlanCounts): ToRepair {
  return {
    items: groups.reduce((sum, { count }) => sum + count, 0),
    writeUnits: groups.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
  };
}

/** What the evidence has cost; undefined where it was there already. */
async function evidenceCost(recovery: Recovery, deps: Dependencies): Promise<number | undefined> {
  const { recoveryId, evidence, evidenceFrom, incidentEnd, tableBytes } = recovery;
  if (evidenceFrom !== undefined) return undefined;
  if (evidence === "restore" && tableBytes !== undefined)
    return evidenceUsd({ restored: tableBytes * (incidentEnd === undefined ? 1 : 2) });
  const exported = Object.values((await readExportRecord(recoveryId, deps))?.exports ?? {});
  if (exported.length === 0) return undefined;
  return evidenceUsd({ exported: exported.reduce((sum, { billedBytes = 0 }) => sum + billedBytes, 0) });
}

/** What PlanPart left: by the hash that it wrote down, since whoever may write to the bucket may not make plans. */
async function resultOf(recoveryId: string, round: number, part: string, deps: Dependencies): Promise<PlanPartResult> {
  const pin = await deps.recoveries.get<Pin>(recoveryId, planResultRecord(round, part));
  if (!pin)
    throw new MissingResult(
      `Part ${part} of round ${round} of recovery "${recoveryId}" left no result: PlanPart did not end for it. Start a new recovery.`,
    );
  return deps.artifacts.getPinned<PlanPartResult>(recoveryId, `results/plan/${round}/${part}.json`, pin);
}

function headline({ actions }: PlanCounts): { writes: number; conflicts: number; created: number } {
  return {
    writes: (actions.update ?? 0) + (actions.put ?? 0) + (actions.delete ?? 0),
    conflicts: actions.conflict ?? 0,
    created: actions.created ?? 0,
  };
}

export const handler = step("SummarizePlan", summarizePlan);
