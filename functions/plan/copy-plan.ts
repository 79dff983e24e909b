import { planRecord } from "../answers/records.ts";
import { KEY_PARTS, type KeyPartRecord, partName } from "../key-sources/key-part.ts";
import type { KeysRecord } from "../key-sources/key-parts.ts";
import { pinOf } from "../runtime/artifacts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { MissingResult } from "../runtime/errors.ts";
import { copyRecords } from "./copy-records.ts";
import { latestPlan } from "./latest-plan.ts";
import { type PlannedPart, type PlanRecord, type PlanSummary, plannedParts } from "./plan-record.ts";

/**
 * Makes the plan of an earlier recovery this one's own first round: the same parts, so the same hash. Records are copied,
 * objects stay where they are; the record of the plan comes last, so that a plan is there whole or not at all.
 */
export async function copyPlan(from: string, to: string, deps: Dependencies): Promise<void> {
  const { artifacts, recoveries } = deps;
  const plan = await latestPlan(from, deps);
  if (!plan) throw new MissingResult(`Recovery "${from}" has no plan (any more): start a recovery that makes its own.`);
  const summary = await artifacts.getPinned<PlanSummary>(from, `plan/${plan.round}/plan.json`, plan.summary);
  const keys = await recoveries.get<KeysRecord>(from, "keys");
  const planned = await copyRecords<PlannedPart>(
    { from, to, prefix: plannedParts(plan.planHash) },
    (part) => ({ ...part, of: part.of ?? { recoveryId: from, round: plan.round } }),
    deps,
  );
  const listed = await copyRecords<KeyPartRecord>(
    { from, to, prefix: KEY_PARTS },
    (part) => ({ ...part, of: part.of ?? from }),
    deps,
  );
  if (!keys || planned.length !== plan.parts || listed.length !== keys.parts)
    throw new MissingResult(
      `The plan of recovery "${from}" is not complete (${planned.length} of ${plan.parts} parts, ${listed.length} of ${keys?.parts ?? 0} parts of keys): start a recovery that makes its own.`,
    );
  const rules = `rules#${String(plan.round).padStart(4, "0")}`;
  await recoveries.putOnce(to, "rules#0001", await recoveries.get(from, rules));
  await recoveries.put(to, "keys", keys);
  const named = (parts: readonly string[]) => parts.map((part) => ({ part }));
  await artifacts.putJson(to, "plan/1/parts.json", named(planned.map(({ part }) => part)));
  await artifacts.putJson(to, "parts.json", named(Array.from({ length: keys.parts }, (_, index) => partName(index))));
  const stored = await artifacts.putJson(to, "plan/1/plan.json", { ...summary, recoveryId: to, round: 1 });
  await recoveries.put(to, planRecord(1), { ...plan, round: 1, summary: pinOf(stored) } satisfies PlanRecord);
}
