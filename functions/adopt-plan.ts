import { planRecord } from "./answers/records.ts";
import type { StepInput, StepOutput } from "./contracts.ts";
import { KEY_PARTS, type KeyPartRecord, partName } from "./key-sources/key-part.ts";
import type { KeysRecord } from "./key-sources/key-parts.ts";
import { copyRecords } from "./plan/copy-records.ts";
import { latestPlan } from "./plan/latest-plan.ts";
import { type PlannedPart, type PlanRecord, type PlanSummary, plannedParts } from "./plan/plan-record.ts";
import { verdictOf } from "./plan/verdict.ts";
import { pinOf } from "./runtime/artifacts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { InvalidInput, MissingResult } from "./runtime/errors.ts";
import { step } from "./runtime/step.ts";

/**
 * Makes the plan of an earlier recovery this one's own first round: the same parts, so the same hash. Records are copied,
 * objects stay where they are. Guards decide about what moved since.
 */
export async function adoptPlan(
  { recoveryId }: StepInput<"AdoptPlan">,
  deps: Dependencies,
): Promise<StepOutput<"AdoptPlan">> {
  const { artifacts, recoveries } = deps;
  const { planFrom } = await recoveries.load(recoveryId);
  if (planFrom === undefined)
    throw new InvalidInput(`Recovery "${recoveryId}" executes no stored plan: it makes its own.`);
  const plan = await latestPlan(planFrom, deps);
  if (!plan)
    throw new MissingResult(`Recovery "${planFrom}" has no plan (any more): start a recovery that makes its own.`);
  const summary = await artifacts.getPinned<PlanSummary>(planFrom, `plan/${plan.round}/plan.json`, plan.summary);
  const keys = await recoveries.get<KeysRecord>(planFrom, "keys");
  const planned = await copyRecords<PlannedPart>(
    { from: planFrom, to: recoveryId, prefix: plannedParts(plan.planHash) },
    (part) => ({ ...part, of: part.of ?? { recoveryId: planFrom, round: plan.round } }),
    deps,
  );
  const listed = await copyRecords<KeyPartRecord>(
    { from: planFrom, to: recoveryId, prefix: KEY_PARTS },
    (part) => ({ ...part, of: part.of ?? planFrom }),
    deps,
  );
  if (!keys || planned.length !== plan.parts || listed.length !== keys.parts)
    throw new MissingResult(
      `The plan of recovery "${planFrom}" is not complete (${planned.length} of ${plan.parts} parts, ${listed.length} of ${keys?.parts ?? 0} parts of keys): start a recovery that makes its own.`,
    );
  const rules = `rules#${String(plan.round).padStart(4, "0")}`;
  await recoveries.putOnce(recoveryId, "rules#0001", await recoveries.get(planFrom, rules));
  await recoveries.put(recoveryId, "keys", keys);
  const own: PlanSummary = { ...summary, recoveryId, round: 1 };
  const stored = await artifacts.putJson(recoveryId, "plan/1/plan.json", own);
  const record: PlanRecord = { ...plan, round: 1, summary: pinOf(stored) };
  const manifestOf = async (name: string, parts: readonly string[]) => ({
    bucket: artifacts.bucket,
    key: (
      await artifacts.putJson(
        recoveryId,
        name,
        parts.map((part) => ({ part })),
      )
    ).key,
  });
  const manifest = await manifestOf(
    "plan/1/parts.json",
    planned.map(({ part }) => part),
  );
  const partsManifest = await manifestOf(
    "parts.json",
    Array.from({ length: keys.parts }, (_, index) => partName(index)),
  );
  await recoveries.put(recoveryId, planRecord(1), record);
  await recoveries.setStatus(recoveryId, deps.now(), { state: "planned" });
  const { planHash, writes, conflicts } = plan;
  return { verdict: verdictOf(own), planHash, manifest, partsManifest, writes, conflicts };
}

export const handler = step("AdoptPlan", adoptPlan);
