import { type Approval, approvalRecord, planRecord } from "../answers/records.ts";
import type { GuardName } from "../contracts.ts";
import type { PlanRecord } from "../plan/plan-record.ts";
import { show } from "../request/show.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { GuardFailed, InvalidAnswer, TransientFailure } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { subjectOf } from "./guard.ts";
import { guardsOf } from "./guards.ts";
import { changeRecord, isLiftedOrLifting, NO_PROOF_YET, type ReadOnlyRecord, tellFreeze } from "./read-only-record.ts";

/** Lowers every guard that this recovery raised; one that can't be lowered now does not keep the others up. */
export async function liftGuards(recovery: Recovery, goesOn: boolean, deps: Dependencies): Promise<string[]> {
  // Writers must meet "lifted knowingly" before they meet a guard that is down.
  const begun = await changeRecord(recovery, deps, (record) => ({
    ...record,
    state: goesOn ? "lifting-continue" : "lifting",
  }));
  const subject = subjectOf(recovery, begun.thawed);
  const notes: string[] = [];
  const failures: Error[] = [];
  for (const guard of guardsOf(recovery.guards).reverse()) {
    try {
      const lowered = await guard.lower(subject, deps);
      notes.push(...(lowered?.notes ?? []));
      const record = await changeRecord(recovery, deps, (before) => lowerGuard(before, guard.name, deps));
      // Somebody freezes again: what is up from here on is his.
      if (!isLiftedOrLifting(record)) break;
      notes.push(...onItsWay(guard.name, record, deps));
    } catch (error) {
      failures.push(error instanceof Error ? error : new Error(String(error)));
    }
  }
  const ended = await changeRecord(recovery, deps, (record) => ({
    ...record,
    notes: [...new Set([...record.notes, ...notes])],
    ...(failures.length > 0 || !isLiftedOrLifting(record)
      ? {}
      : { state: goesOn ? "lifted-continue" : "lifted", liftedAt: record.liftedAt ?? deps.now().toISOString() }),
  }));
  throwFirst(recovery, failures);
  if (!isLiftedOrLifting(ended))
    throw new TransientFailure(
      `Table "${recovery.table.tableName}" was frozen again by another call while this one lifted it, and some guards may be up: lift again where it is to be thawed, or freeze again where it is not.`,
    );
  await tellFreeze(recovery.recoveryId, deps);
  return notes;
}

function lowerGuard(record: ReadOnlyRecord, guard: GuardName, { now }: Dependencies): ReadOnlyRecord {
  if (!isLiftedOrLifting(record)) return record;
  const known = record.guards[guard] ?? NO_PROOF_YET;
  const loweredAt = known.loweredAt ?? now().toISOString();
  return { ...record, guards: { ...record.guards, [guard]: { ...known, loweredAt } } };
}

/** As long as a call of ActivateReadOnly may last: one that did not come back by then never does. */
const RAISES_WITHIN_MS = 120_000;

/** A guard that was being raised at the moment of the lift: its raise takes it down itself, unless it dies before. */
function onItsWay(guard: GuardName, record: ReadOnlyRecord, { now }: Dependencies): string[] {
  const { raisingAt } = record.guards[guard] ?? {};
  if (raisingAt === undefined || now().getTime() - Date.parse(raisingAt) > RAISES_WITHIN_MS) return [];
  return [
    `${guard}: it was being raised since ${raisingAt} when it was lifted; lift once more in ${RAISES_WITHIN_MS / 1000} s to be sure that nothing came after.`,
  ];
}

/** Takes down what a raise that died has put up after the lift; answers what is new. */
export async function liftOnceMore(recovery: Recovery, record: ReadOnlyRecord, deps: Dependencies): Promise<string[]> {
  const subject = subjectOf(recovery, record.thawed);
  const notes: string[] = [];
  const failures: Error[] = [];
  for (const guard of guardsOf(recovery.guards).reverse())
    try {
      notes.push(...((await guard.lower(subject, deps))?.notes ?? []));
    } catch (error) {
      failures.push(error instanceof Error ? error : new Error(String(error)));
    }
  if (failures.length > 0)
    await changeRecord(recovery, deps, (before) =>
      before.state === "lifted" ? { ...before, state: "lifting" } : before,
    );
  throwFirst(recovery, failures);
  return notes.filter((note) => !record.notes.includes(note));
}

/** A failure that time alone does not heal is told before one that it does. */
function throwFirst({ table }: Recovery, failures: readonly Error[]): void {
  const lasting = failures.filter((error) => error instanceof GuardFailed);
  const [first] = lasting.length > 0 ? lasting : failures;
  if (!first) return;
  if (lasting.length > 1)
    throw new GuardFailed(
      `Table "${table.tableName}" is still frozen by ${lasting.length} guards: ${lasting.map(({ message }) => message).join(" ")}`,
      { cause: first },
    );
  throw first;
}

/** Thaws some tenants of a freeze that was for tenants; the others stay frozen. */
export async function thawTenants(
  recovery: Recovery,
  record: ReadOnlyRecord,
  tenants: readonly string[],
  deps: Dependencies,
): Promise<string[]> {
  const thawed = [...new Set([...record.thawed, ...tenants])];
  await changeRecord(recovery, deps, (before) => ({ ...before, thawed }));
  const subject = subjectOf(recovery, thawed);
  const notes: string[] = [];
  for (const guard of guardsOf(recovery.guards).reverse())
    notes.push(...((await guard.thaw(subject, tenants, deps))?.notes ?? []));
  await changeRecord(recovery, deps, (before) => ({ ...before, notes: [...before.notes, ...notes] }));
  return notes;
}

/** Which tenants stay frozen; throws where these can't be thawed alone. */
export function tenantsLeft(recovery: Recovery, record: ReadOnlyRecord, tenants: readonly string[]): string[] {
  const { recoveryId, table, request } = recovery;
  if (!request.tenants)
    throw new InvalidAnswer(
      `Recovery "${recoveryId}" froze the whole of table "${table.tableName}", which can't leave out tenants ${show(tenants)}: lift everything, or thaw everything with "continue": true.`,
    );
  const whole = guardsOf(recovery.guards).find(({ wholeTableOnly }) => wholeTableOnly);
  if (whole)
    throw new InvalidAnswer(`Recovery "${recoveryId}" can't thaw tenants ${show(tenants)}: ${whole.wholeTableOnly}.`);
  const unknown = tenants.find((tenant) => !request.tenants?.includes(tenant));
  if (unknown !== undefined)
    throw new InvalidAnswer(
      `Recovery "${recoveryId}" did not freeze tenant ${show(unknown)}: its tenants are ${show(request.tenants)}.`,
    );
  return request.tenants.filter((tenant) => !tenants.includes(tenant) && !record.thawed.includes(tenant));
}

/** A delete that has no version to rely on relies on the freeze: thawing before it would let it lose an added attribute. */
export async function assertNoDeleteNeedsFreeze({ recoveryId, table }: Recovery, deps: Dependencies): Promise<void> {
  const plan = await latestPlan(recoveryId, deps);
  if (!plan) return;
  // What was chosen at approval may delete more than the plan as it stood, or less.
  const approval = await deps.recoveries.get<Approval>(recoveryId, approvalRecord(plan.round));
  const deletes = approval?.deletesThatNeedFreeze ?? plan.deletesThatNeedFreeze;
  if (deletes === 0) return;
  throw new InvalidAnswer(
    `Recovery "${recoveryId}" can't be thawed before its end: its plan (round ${plan.round}) deletes ${deletes} items of table "${table.tableName}", which has no versionAttribute, so that only the freeze keeps those deletes from losing good writes. Wait for the repair, or lift without "continue", which ends it.`,
  );
}

async function latestPlan(recoveryId: string, deps: Dependencies): Promise<PlanRecord | undefined> {
  let latest: PlanRecord | undefined;
  const prefix = planRecord(0).replace(/\d+$/, "");
  for await (const { record, document } of deps.recoveries.list<PlanRecord>(recoveryId, prefix))
    if (/^\d+$/.test(record.slice(prefix.length)) && (!latest || document.round > latest.round)) latest = document;
  return latest;
}
