import { setTimeout as sleep } from "node:timers/promises";
import { abandonedRecord } from "../answers/abandon.ts";
import type { ReadOnlyRecord } from "../read-only/read-only-record.ts";
import { type Ended, endedMessage, endedSubject } from "../report/ended-message.ts";
import { isFrozen } from "../report/report.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { notify } from "../runtime/notify.ts";
import type { Recovery, RecoveryStatus } from "../runtime/recovery.ts";
import { liftByStep, type Pause } from "./call-step.ts";
import type { ExecutionEnd, Standing } from "./look-at-execution.ts";
import { partsBegun, restoredTables } from "./what-stands.ts";

const RECORD = "ended";

/**
 * What follows an end that is no success, whoever heard of it: written down once, told once, lifted at most once. Called
 * again for an end that was only half dealt with it does the rest. Answers undefined where this end is nobody's concern.
 */
export async function tellEnd(
  recovery: Recovery,
  end: ExecutionEnd,
  standing: Standing,
  deps: Dependencies,
  pause: Pause = sleep,
): Promise<Ended | undefined> {
  const { recoveryId, request } = recovery;
  if (recovery.executionArn !== end.executionArn)
    return ignored(recovery, end, `${recovery.executionArn} has resumed the recovery`, deps);
  const known = await deps.recoveries.get<Ended>(recoveryId, RECORD);
  if (known && isLater(known, end)) return ignored(recovery, end, "a later end is known", deps);
  const half = known && isSame(known, end) ? known : undefined;
  if (half?.notifiedAt !== undefined) return half;
  if (standing.is === "ended" && standing.end.redriveCount > end.redriveCount)
    return ignored(recovery, end, "it was redriven since, and has ended again", deps);
  if (standing.is === "succeeded") return ignored(recovery, end, "it was redriven since, and has succeeded", deps);
  if (await deps.recoveries.get(recoveryId, abandonedRecord))
    return ignored(recovery, end, "the recovery was given up, by somebody who knows", deps);
  // Step Functions may be a moment behind the event: only a greater count says that it runs again.
  const goesOn = standing.is === "running" && standing.redriveCount > end.redriveCount;

  const status = await deps.recoveries.get<RecoveryStatus>(recoveryId, "status");
  const frozen = isFrozen((await deps.recoveries.get<ReadOnlyRecord>(recoveryId, "read-only")) ?? { state: "off" });
  // A person who chose to stop chose to keep the freeze: onFailure is for what nobody decided.
  const isToLift = frozen && request.onFailure === "lift" && status?.outcome === undefined;
  const lifts = !goesOn && (half?.lifts ?? isToLift);
  const found: Ended = {
    executionArn: end.executionArn,
    redriveCount: end.redriveCount,
    status: end.status,
    ...(end.error ? { error: end.error } : {}),
    at: half?.at ?? deps.now().toISOString(),
    frozen,
    lifted: false,
    lifts,
    ...(goesOn ? { goesOn } : {}),
    partsBegun: await partsBegun(recoveryId, deps),
    restoredTables: await restoredTables(recoveryId, deps),
  };
  // Before the lift: whoever goes on from here must not take a table that was thawed by it for one that was not frozen.
  await deps.recoveries.put(recoveryId, RECORD, found);
  const notLifted = lifts && frozen ? await liftByStep(recovery, deps, pause) : undefined;
  const lifted = lifts && notLifted === undefined;
  const ended: Ended = {
    ...found,
    frozen: frozen && !lifted,
    lifted,
    ...(notLifted === undefined ? {} : { notLifted }),
  };
  await deps.recoveries.put(recoveryId, RECORD, ended);
  if (!goesOn) await deps.recoveries.setStatus(recoveryId, deps.now(), { state: `execution ${end.status}` });
  await notify(
    deps,
    endedSubject(recovery, ended, status),
    endedMessage(recovery, ended, end, status, deps.environment),
  );
  const told: Ended = { ...ended, notifiedAt: deps.now().toISOString() };
  await deps.recoveries.put(recoveryId, RECORD, told);
  return told;
}

/** Whether people were told of this end already. */
export async function isEndTold({ recoveryId }: Recovery, end: ExecutionEnd, deps: Dependencies): Promise<boolean> {
  const known = await deps.recoveries.get<Ended>(recoveryId, RECORD);
  if (!known) return false;
  // Written before ends had names: told if it is not older than this end.
  if (known.executionArn === undefined) return Date.parse(known.at) >= (end.stoppedAt ?? 0);
  if (known.executionArn !== end.executionArn) return false;
  return isLater(known, end) || (isSame(known, end) && known.notifiedAt !== undefined);
}

function isSame(known: Ended, end: ExecutionEnd): boolean {
  return known.executionArn === end.executionArn && known.redriveCount === end.redriveCount;
}

function isLater(known: Ended, end: ExecutionEnd): boolean {
  return known.executionArn === end.executionArn && (known.redriveCount ?? 0) > end.redriveCount;
}

function ignored(
  { recoveryId }: Recovery,
  { executionArn, redriveCount }: ExecutionEnd,
  why: string,
  deps: Dependencies,
) {
  deps.logger.info("The end of an execution was left alone", { recoveryId, executionArn, redriveCount, why });
  return undefined;
}
