import type { Dependencies } from "../runtime/dependencies.ts";
import type { PlanRecord } from "./plan-record.ts";

/** The plan of a recovery's last round that came to a plan; undefined where it ended before. */
export async function latestPlan(recoveryId: string, { recoveries }: Dependencies): Promise<PlanRecord | undefined> {
  let latest: PlanRecord | undefined;
  for await (const { document } of recoveries.list<PlanRecord>(recoveryId, "plan#")) latest = document;
  return latest;
}
