import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { abandonedRecord } from "./answers/abandon.ts";
import { readOnlyRecord } from "./read-only/read-only-record.ts";
import { isFrozen } from "./report/report.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import type { Lock } from "./runtime/recoveries.ts";
import type { Recovery, RecoveryStatus } from "./runtime/recovery.ts";
import { lambdaHandler } from "./runtime/step.ts";
import type { Pause } from "./watch/call-step.ts";
import { pageIfFrozenTooLong } from "./watch/frozen-too-long.ts";
import { releaseEmptyLock, tellGoneLock } from "./watch/gone-locks.ts";
import { type ExecutionEnd, lookAtExecution, type Standing } from "./watch/look-at-execution.ts";
import { deleteLeftovers, isBorrowing } from "./watch/restored-leftovers.ts";
import { isEndTold, tellEnd } from "./watch/tell-end.ts";
import { type Entry, entries, isYoung, unwatch } from "./watch/watched.ts";

/** An execution can be redriven for 14 days: until then it may come back and restore its tables again. */
const REDRIVABLE_MS = 15 * 24 * 3_600_000;

/** What one sweep did; counts for its log. */
export interface Swept {
  readonly looked: number;
  readonly endsTold: number;
  readonly pages: number;
  readonly locksTold: number;
  readonly locksReleased: number;
  readonly tablesDeleted: number;
  readonly unwatched: number;
}

/** Something could not be looked after; the rest was. */
export class SweepIncomplete extends Error {
  override readonly name = "SweepIncomplete";
}

/**
 * Looks after every recovery that is not over, since events are delivered as well as may be and no better: failures that
 * nobody was told of, tables frozen for too long, locks of executions that are gone, restored tables that nobody needs.
 * Each is told once and done once; what one recovery's trouble is does not keep it from the others.
 */
export async function sweep(_event: unknown, deps: Dependencies, pause: Pause = sleep): Promise<Swept> {
  const swept = { endsTold: 0, pages: 0, locksTold: 0, locksReleased: 0, tablesDeleted: 0, unwatched: 0 };
  const problems: string[] = [];
  const looked: { readonly entry: Entry; readonly recovery: Recovery | undefined }[] = [];
  const borrowers: Recovery[] = [];
  for (const entry of await entries(deps)) {
    const recovery = await deps.recoveries.get<Recovery>(entry.recoveryId, "recovery");
    looked.push({ entry, recovery });
    if (recovery && (await isBorrowing(recovery, deps))) borrowers.push(recovery);
  }
  for (const { entry, recovery } of looked)
    try {
      const standing = await lookAtExecution(recovery?.executionArn ?? entry.executionArn, deps);
      // Step Functions may not know what it was asked to start a moment ago.
      if (standing.is === "forgotten" && isYoung(entry.since, deps)) continue;
      if (!recovery) {
        if (await releaseEmptyLock(entry, standing, deps)) swept.locksReleased += 1;
        if (await leaveUnbegun(entry, standing, deps)) swept.unwatched += 1;
        continue;
      }
      if (await tellLostEnd(recovery, standing, deps, pause)) swept.endsTold += 1;
      if (await pageIfFrozenTooLong(recovery, standing, deps)) swept.pages += 1;
      if (await tellGoneLock(recovery, entry, standing, deps)) swept.locksTold += 1;
      const { deleted, left } = await deleteLeftovers(recovery, standing, borrowers, deps);
      swept.tablesDeleted += deleted;
      if (!left && (await leave(recovery, standing, deps))) swept.unwatched += 1;
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      deps.logger.error("A recovery could not be looked after", { recoveryId: entry.recoveryId, problem: message });
      problems.push(`${entry.recoveryId}: ${name}: ${message}`);
    }
  const result: Swept = { looked: looked.length, ...swept };
  deps.logger.info("Swept", { ...result });
  if (problems.length > 0)
    throw new SweepIncomplete(`${problems.length} of ${looked.length} recoveries: ${problems.join("; ")}`);
  return result;
}

/** The same as the event would have led to, had it come. */
async function tellLostEnd(recovery: Recovery, standing: Standing, deps: Dependencies, pause: Pause): Promise<boolean> {
  const end = await lostEnd(recovery, standing, deps);
  if (!end || (await isEndTold(recovery, end, deps))) return false;
  deps.logger.warn("Nobody was told of the end of an execution", { ...end, cause: undefined });
  return (await tellEnd(recovery, end, standing, deps, pause)) !== undefined;
}

async function lostEnd(
  { recoveryId, executionArn }: Recovery,
  standing: Standing,
  { recoveries, now, environment }: Dependencies,
): Promise<ExecutionEnd | undefined> {
  // Whoever gave it up knows.
  if (await recoveries.get(recoveryId, abandonedRecord)) return undefined;
  if (standing.is === "ended") {
    const tellFrom = (standing.end.stoppedAt ?? 0) + environment.EVENT_GRACE_SECONDS * 1000;
    return now().getTime() < tellFrom ? undefined : standing.end;
  }
  if (standing.is !== "forgotten") return undefined;
  // What has an outcome came to its end by itself; a lock it may still hold is told of by itself.
  const status = await recoveries.get<RecoveryStatus>(recoveryId, "status");
  return status?.outcome === undefined ? { executionArn, status: "FORGOTTEN", redriveCount: 0 } : undefined;
}

/** Takes a recovery off the list once nothing of it is left to look after. */
async function leave(recovery: Recovery, standing: Standing, deps: Dependencies): Promise<boolean> {
  const { recoveryId, table, startedAt, resumedAt } = recovery;
  if (standing.is === "running") return false;
  const { recoveries } = deps;
  if ((await recoveries.get<Lock>("lock", table.tableName))?.recoveryId === recoveryId) return false;
  if (isFrozen((await readOnlyRecord(recoveryId, deps)) ?? { state: "off" })) return false;
  const isGivenUp = (await recoveries.get(recoveryId, abandonedRecord)) !== undefined;
  if (standing.is === "ended" && !isGivenUp && !(await isEndTold(recovery, standing.end, deps))) return false;
  const status = await recoveries.get<RecoveryStatus>(recoveryId, "status");
  const isOver = status?.outcome !== undefined || isGivenUp;
  const age = deps.now().getTime() - Date.parse(resumedAt ?? startedAt);
  if (!isOver && age < REDRIVABLE_MS) return false;
  await unwatch(recoveryId, deps);
  return true;
}

/** One that ended before it wrote down what it would do, and holds nothing. */
async function leaveUnbegun(entry: Entry, standing: Standing, deps: Dependencies): Promise<boolean> {
  if (standing.is === "running" || isYoung(entry.since, deps)) return false;
  const { recoveries } = deps;
  if (await recoveries.get(entry.recoveryId, "recovery")) return false;
  if (entry.held && (await recoveries.get<Lock>("lock", entry.held.table))?.recoveryId === entry.recoveryId)
    return false;
  await unwatch(entry.recoveryId, deps);
  return true;
}

export const handler = lambdaHandler("Sweep", z.unknown(), (event, deps) => sweep(event, deps));
