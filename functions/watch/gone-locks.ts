import { readOnlyRecord } from "../read-only/read-only-record.ts";
import type { Ended } from "../report/ended-message.ts";
import { isFrozen } from "../report/report.ts";
import { answerCommand, liftCommand } from "../runtime/commands.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { notify } from "../runtime/notify.ts";
import type { Lock } from "../runtime/recoveries.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Standing } from "./look-at-execution.ts";
import { tellOnce } from "./tell-once.ts";
import { type Entry, isYoung } from "./watched.ts";

/** A lock that nobody will give back: people are told, with what gives it back. It is not taken away from a recovery that began. */
export async function tellGoneLock(
  recovery: Recovery,
  { held }: Entry,
  standing: Standing,
  deps: Dependencies,
): Promise<boolean> {
  // One that failed keeps its table for its redrive.
  if (!held || standing.is === "running" || standing.is === "ended") return false;
  const { recoveryId, table } = recovery;
  const lock = await deps.recoveries.get<Lock>("lock", held.table);
  if (lock?.recoveryId !== recoveryId) return false;
  // Of one that was forgotten before its end was told, that message says it all.
  if ((await deps.recoveries.get<Ended>(recoveryId, "ended"))?.status === "FORGOTTEN") return false;
  const frozen = isFrozen((await readOnlyRecord(recoveryId, deps)) ?? { state: "off" });
  const lines = [
    `Recovery ${recoveryId} holds table ${table.tableName} since ${lock.acquiredAt}, but its execution ${howGone(standing)}: no other recovery of the table can begin.`,
    ...(frozen ? ["It still freezes the table. Lift that first:", liftCommand(deps.environment, recovery)] : []),
    "Give it up:",
    answerCommand(deps.environment, { recoveryId, answer: "abandon", by: "YOUR NAME" }),
  ];
  const subject = `Backstitch: ${table.tableName} is held by a recovery that is over`;
  return tellOnce(recoveryId, `lock#${recovery.executionArn}`, { subject, lines }, deps);
}

/**
 * A lock of an execution that ended before it wrote down what it would do: nothing was begun, so it is given back. A
 * redrive of it takes the table anew, if it is free.
 */
export async function releaseEmptyLock(
  { recoveryId, held, since }: Entry,
  standing: Standing,
  deps: Dependencies,
): Promise<boolean> {
  if (!held || standing.is === "running" || isYoung(since, deps) || isYoung(held.lock.acquiredAt, deps)) return false;
  if (isFrozen((await readOnlyRecord(recoveryId, deps)) ?? { state: "off" })) return false;
  // Asked last: Preflight may have written it down since we looked.
  if (await deps.recoveries.get<Recovery>(recoveryId, "recovery")) return false;
  await notify(deps, `Backstitch: ${held.table} was given back`, [
    `Recovery ${recoveryId} held table ${held.table} since ${held.lock.acquiredAt}, but its execution ${howGone(standing)} before it began: nothing was frozen, restored or written.`,
    "Its lock is given back: start a new recovery.",
  ]);
  await deps.recoveries.releaseLock(held.table, recoveryId);
  return true;
}

function howGone(standing: Standing): string {
  if (standing.is === "ended") return `ended ${standing.end.status}`;
  return standing.is === "succeeded" ? "has ended" : "is not known to Step Functions (any more)";
}
