import type { GuardName } from "../contracts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { GuardFailed } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { subjectOf } from "./guard.ts";
import { guardsOf } from "./guards.ts";
import { liftGuards } from "./lift.ts";
import { readOnlyLost } from "./lost.ts";
import { recordBaseline } from "./prove.ts";
import {
  changeRecord,
  isLiftedOrLifting,
  isThawedKnowingly,
  NO_PROOF_YET,
  type ReadOnlyRecord,
  readOnlyRecord,
} from "./read-only-record.ts";

/**
 * Raises every guard that is not up. What is there before is saved first, and the record says "raising" before anything
 * is changed, so that a kill at any point leaves something that can be lifted. What is up and proven stays so.
 */
export async function raiseGuards(recovery: Recovery, deps: Dependencies): Promise<ReadOnlyRecord> {
  const before = await readOnlyRecord(recovery.recoveryId, deps);
  const frozen = before?.state === "raising" || before?.state === "up" || before?.state === "proven";
  // A freeze that was lifted is raised whole again; one that is up keeps the tenants out that were thawed.
  const thawed = frozen ? before.thawed : [];
  const subject = subjectOf(recovery, thawed);
  const down = frozen ? await guardsDown(recovery, before, deps) : [...recovery.guards];
  if (frozen && before.state !== "raising" && down.length === 0) return before;
  const begun = await changeRecord(recovery, deps, (record) => beginRaising(record, down, frozen, thawed, deps));
  for (const guard of guardsOf(down))
    if (!begun.guards[guard.name]?.baseline) await recordBaseline(recovery, guard, subject, deps);
  for (const guard of guardsOf(down)) {
    assertNotLifted(recovery, await changeRecord(recovery, deps, (record) => raising(record, guard.name, deps)), deps);
    try {
      await guard.raise(subject, deps);
    } catch (error) {
      if (error instanceof GuardFailed) await changeRecord(recovery, deps, (record) => notRaised(record, guard.name));
      throw error;
    }
    const after = await changeRecord(recovery, deps, (record) => raised(record, guard.name, deps));
    if (!isLiftedOrLifting(after)) continue;
    await liftGuards(recovery, isThawedKnowingly(after), deps);
    const what = `its read-only mode was lifted while it was being raised, and guard ${guard.name} was taken down again`;
    throw readOnlyLost(recovery, what, deps);
  }
  // A retry beside this call may have come further.
  const up = await changeRecord(recovery, deps, (record) =>
    record.state === "raising" ? { ...record, state: "up" } : record,
  );
  assertNotLifted(recovery, up, deps);
  return up;
}

/** A lift that came meanwhile has taken down every guard that was up, and none may follow. */
export function assertNotLifted(recovery: Recovery, record: ReadOnlyRecord | undefined, deps: Dependencies): void {
  if (isLiftedOrLifting(record))
    throw readOnlyLost(recovery, "its read-only mode was lifted while it was being raised", deps);
}

function raising(record: ReadOnlyRecord, guard: GuardName, { now }: Dependencies): ReadOnlyRecord {
  if (isLiftedOrLifting(record)) return record;
  const known = record.guards[guard] ?? NO_PROOF_YET;
  return { ...record, guards: { ...record.guards, [guard]: { ...known, raisingAt: now().toISOString() } } };
}

/** It could not be raised, and nothing of it is on its way. */
function notRaised(record: ReadOnlyRecord, guard: GuardName): ReadOnlyRecord {
  const { raisingAt: _over, ...known } = record.guards[guard] ?? NO_PROOF_YET;
  return { ...record, guards: { ...record.guards, [guard]: known } };
}

/** A lift that came while a guard was on its way did not see that one: it is not over then. */
function raised(record: ReadOnlyRecord, guard: GuardName, { now }: Dependencies): ReadOnlyRecord {
  const { loweredAt: _before, raisingAt: _done, ...known } = record.guards[guard] ?? NO_PROOF_YET;
  const guards = { ...record.guards, [guard]: { ...known, raisedAt: now().toISOString() } };
  if (isThawedKnowingly(record)) return { ...record, guards, state: "lifting-continue" };
  return { ...record, guards, ...(record.state === "lifted" ? { state: "lifting" } : {}) };
}

/** Guards that do not stand as they were raised, or that a kill left before their raising was written down. */
async function guardsDown(recovery: Recovery, record: ReadOnlyRecord, deps: Dependencies): Promise<GuardName[]> {
  const subject = subjectOf(recovery, record.thawed);
  const down: GuardName[] = [];
  for (const guard of guardsOf(recovery.guards))
    if (!record.guards[guard.name]?.raisedAt || !(await guard.isUp(subject, deps)).up) down.push(guard.name);
  return down;
}

function beginRaising(
  record: ReadOnlyRecord,
  down: readonly GuardName[],
  frozen: boolean,
  thawed: readonly string[],
  { now }: Dependencies,
): ReadOnlyRecord {
  const at = now().toISOString();
  const { frozenFrom, provenAt, liftedAt: _lifted, ...rest } = record;
  const lost = down.filter((name) => record.guards[name]?.raisedAt);
  const reset = down.map((name) => {
    const baseline = record.guards[name]?.baseline;
    return [name, { ...NO_PROOF_YET, ...(baseline ? { baseline } : {}) }];
  });
  return {
    ...rest,
    state: "raising",
    since: frozen && lost.length === 0 ? record.since : at,
    thawed,
    guards: { ...record.guards, ...Object.fromEntries(reset) },
    notes: lost.length > 0 ? [...record.notes, `Raised again at ${at}: ${lost.join(", ")}.`] : record.notes,
    visits: 0,
    ...(provenAt !== undefined || record.raisedAgain ? { raisedAgain: true } : {}),
  };
}
