/** What a recovery leaves to people, item by item: lists of any length in S3, since a report shows only the first few. */
import { pMapIterable } from "p-map";
import { planRecord } from "../answers/records.ts";
import {
  type ExpiredItem,
  expiredItem,
  type LeftForDecision,
  reasonOf,
  type VerifiedPart,
} from "../apply/verify-entries.ts";
import { encodeItem } from "../items/item-json.ts";
import { type PlannedPart, type PlanRecord, plannedParts } from "../plan/plan-record.ts";
import { decodePlanEntry, type JsonPlanEntry } from "../repair/plan-entry.ts";
import { isListed } from "../repair/repair.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { JsonLines, type LeftList } from "./json-lines.ts";

export interface LeftLists {
  /** Lines `{ table, key, reason, attributes? }`: conflicts and created items. A list that `keysFrom.s3` takes. */
  readonly left: LeftList;
  /** Lines `{ key, image }`: items that stay gone since their time had come, as they were. */
  readonly expired: LeftList;
}

interface End {
  readonly round: number;
  readonly planHash: string;
}

const AT_ONCE = 8;

/** What one part leaves. */
interface LeftOfPart {
  readonly left: readonly LeftForDecision[];
  readonly expired: readonly ExpiredItem[];
}

/** Writes `left.jsonl` and `expired.jsonl` below the recovery's prefix; memory holds one part and a few MiB of lines. */
export async function writeLeftLists(recovery: Recovery, end: End, deps: Dependencies): Promise<LeftLists> {
  const { recoveryId, table } = recovery;
  const left = new JsonLines(recoveryId, "left", deps.artifacts);
  const expired = new JsonLines(recoveryId, "expired", deps.artifacts);
  for await (const part of leftOf(recovery, end, deps)) {
    for (const item of part.left) await left.add({ table: table.tableName, ...item });
    for (const item of part.expired) await expired.add(item);
  }
  return { left: await left.end(), expired: await expired.end() };
}

/** By the results of the parts where items were written; else as the plan has it. */
async function* leftOf(recovery: Recovery, { round, planHash }: End, deps: Dependencies): AsyncGenerator<LeftOfPart> {
  const { recoveryId } = recovery;
  const { artifacts, recoveries } = deps;
  let isVerified = false;
  const results = pMapIterable(
    planHash === "" ? [] : artifacts.list(recoveryId, `results/${planHash}/verify/`),
    (name) => artifacts.getJson<VerifiedPart>(recoveryId, name),
    { concurrency: AT_ONCE },
  );
  for await (const { left, created, expired } of results) {
    isVerified = true;
    yield { left: [...left, ...created.map((key) => ({ key, reason: "created" }))], expired };
  }
  const plan = await recoveries.get<PlanRecord>(recoveryId, planRecord(round));
  if (!isVerified && plan) yield* plannedLeft(recovery, plan, deps);
}

/** Reads only the parts of a plan that have something to list. */
async function* plannedLeft(
  { recoveryId }: Recovery,
  { planHash, round }: PlanRecord,
  { recoveries, artifacts }: Dependencies,
): AsyncGenerator<LeftOfPart> {
  for await (const { document } of recoveries.list<PlannedPart>(recoveryId, plannedParts(planHash))) {
    if (!document.listed) continue;
    const { of, part } = document;
    const { entries } = await artifacts.getPinned<{ readonly entries: readonly JsonPlanEntry[] }>(
      of?.recoveryId ?? recoveryId,
      `plan/${of?.round ?? round}/${part}.json`,
      document,
    );
    const listed = entries.map(decodePlanEntry).filter(({ repair }) => isListed(repair));
    yield {
      left: listed.flatMap(({ key, repair }) => {
        const reason = reasonOf(repair);
        return reason ? [{ key: encodeItem(key), ...reason }] : [];
      }),
      expired: listed.flatMap((entry) => (entry.repair.action === "expired" ? expiredItem(entry) : [])),
    };
  }
}
