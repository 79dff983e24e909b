/** Proof of a freeze: for each guard a write that must be denied, several times in a row, at times that are written down. */
import type { GuardName } from "../contracts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { GuardFailed } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { type Guard, type GuardSubject, subjectOf } from "./guard.ts";
import { guardsOf } from "./guards.ts";
import { assertGuardsUp } from "./holds.ts";
import { readOnlyLost } from "./lost.ts";
import { type Probe, probeKeys, startProbing } from "./probe.ts";
import { changeGuard, changeRecord, type GuardRecord, NO_PROOF_YET, type ReadOnlyRecord } from "./read-only-record.ts";

/** Propagation is not atomic: one denied write may have met the one host that already knew. */
export const DENIALS_IN_A_ROW = 3;
const FIRST_WAIT_SECONDS = 2;
const LONGEST_WAIT_SECONDS = 15;

export interface Pending {
  readonly guard: GuardName;
  readonly why: string;
  /** When it can be known at the earliest, where that is certain. */
  readonly secondsLeft?: number;
}

/** Before a guard is raised its probe must get through to the condition: a role that is always denied proves nothing. */
export async function recordBaseline(recovery: Recovery, guard: Guard, subject: GuardSubject, deps: Dependencies) {
  if (!guard.proof) return;
  const [key] = probeKeys(subject);
  if (!key) return;
  const knock = await startProbing(guard, guard.proof, subject, deps);
  const baseline = await knock(key);
  if (baseline.got !== "open")
    throw new GuardFailed(
      `Guard ${guard.name} was not raised: its probe is denied before (${baseline.message}), so a denial afterwards would prove nothing. The probe role ${guard.proof.roleArn(deps.environment)} needs dynamodb:UpdateItem on the table (and its KMS key), and no other freeze may be up; then redrive.`,
    );
  await changeGuard(recovery, guard.name, deps, (record) => ({ ...record, baseline }));
}

/** One visit to every guard: one that is proven must stand still. When none is left to prove the record says "proven". */
export async function visitGuards(
  recovery: Recovery,
  record: ReadOnlyRecord,
  deps: Dependencies,
): Promise<readonly Pending[]> {
  const subject = subjectOf(recovery, record.thawed);
  const pending: Pending[] = [];
  for (const guard of guardsOf(recovery.guards)) {
    const known = record.guards[guard.name] ?? NO_PROOF_YET;
    const { change, left } = await visit(guard, known, subject, deps);
    await changeGuard(recovery, guard.name, deps, (before) => ({ ...before, ...change }));
    if (left) pending.push({ guard: guard.name, ...left });
  }
  await changeRecord(recovery, deps, (before) =>
    pending.length === 0 ? proven(before, deps) : { ...before, visits: before.visits + 1 },
  );
  return pending;
}

interface Visit {
  readonly change: Partial<GuardRecord>;
  readonly left?: Omit<Pending, "guard">;
}

async function visit(guard: Guard, known: GuardRecord, subject: GuardSubject, deps: Dependencies): Promise<Visit> {
  const standing = await guard.isUp(subject, deps);
  if (!standing.up)
    return { change: { denials: [], proof: "pending" }, left: { why: `it is down: ${standing.instead}` } };
  if (known.proof !== "pending") return { change: {} };
  if (!guard.proof) return waitForCaches(known, subject, deps);
  const knock = await startProbing(guard, guard.proof, subject, deps);
  const keys = probeKeys(subject);
  const wanted = Math.max(DENIALS_IN_A_ROW, keys.length);
  const denials = [...known.denials];
  let lastProbe: Probe | undefined;
  while (denials.length < wanted) {
    const key = keys[denials.length % keys.length];
    if (!key) break;
    lastProbe = await knock(key);
    if (lastProbe.got !== "denied")
      return {
        change: { denials: [], lastProbe },
        left: { why: `its probe got "${lastProbe.got}" (${lastProbe.message})` },
      };
    denials.push(lastProbe.at);
  }
  const provenAt = deps.now().toISOString();
  return { change: { denials, proof: "proven", provenAt, ...(lastProbe ? { lastProbe } : {}) } };
}

/** Nobody can probe a flag from outside: all that can be done is to wait until no cache is older. */
function waitForCaches({ raisedAt }: GuardRecord, { table }: GuardSubject, deps: Dependencies): Visit {
  const age = (deps.now().getTime() - Date.parse(raisedAt ?? deps.now().toISOString())) / 1000;
  if (age >= table.flagCacheSeconds) return { change: { proof: "not proven" } };
  const secondsLeft = Math.ceil(table.flagCacheSeconds - age);
  return {
    change: {},
    left: { why: `applications may have an older value of the flag for ${secondsLeft} s more`, secondsLeft },
  };
}

function proven(record: ReadOnlyRecord, deps: Dependencies): ReadOnlyRecord {
  const provenAt = deps.now().toISOString();
  const firstDenials = Object.values(record.guards).flatMap(({ denials }) => denials.slice(0, 1));
  const [frozenFrom] = firstDenials.sort();
  const { raisedAgain: _done, ...rest } = record;
  return { ...rest, state: "proven", provenAt, ...(frozenFrom ? { frozenFrom } : {}) };
}

/** How long to wait for the next visit: 2 s at first, twice as long each time, 15 s at most. */
export function waitSeconds(visits: number, pending: readonly Pending[]): number {
  // Where all that is waited for is known to take longer, there is nothing to look at before.
  const known = pending.every(({ secondsLeft }) => secondsLeft !== undefined);
  const wanted = known
    ? Math.min(...pending.map(({ secondsLeft = 0 }) => secondsLeft))
    : FIRST_WAIT_SECONDS * 2 ** Math.min(visits, 8);
  return Math.max(1, Math.min(LONGEST_WAIT_SECONDS, wanted));
}

/** Right before the first write: every guard is up, and every probe is denied once more. */
export async function confirmGuards(recovery: Recovery, record: ReadOnlyRecord, deps: Dependencies): Promise<void> {
  await assertGuardsUp(recovery, record, deps);
  const subject = subjectOf(recovery, record.thawed);
  for (const guard of guardsOf(recovery.guards)) {
    if (!guard.proof) continue;
    const knock = await startProbing(guard, guard.proof, subject, deps);
    for (const key of probeKeys(subject)) {
      const probe = await knock(key);
      if (probe.got !== "denied")
        throw readOnlyLost(
          recovery,
          `guard ${guard.name} does not hold: its probe got "${probe.got}" (${probe.message})`,
          deps,
        );
    }
    const confirmedAt = deps.now().toISOString();
    await changeGuard(recovery, guard.name, deps, (before) => ({ ...before, confirmedAt }));
  }
}
