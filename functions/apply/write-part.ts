import { setTimeout as pause } from "node:timers/promises";
import { canonicalKey } from "../items/key.ts";
import { applyRepair, type WriteContext } from "../repair/apply-repair.ts";
import { isSettled, type Outcome } from "../repair/outcome.ts";
import type { PlanEntry } from "../repair/plan-entry.ts";
import { isWrite, type WritingRepair } from "../repair/repair.ts";
import { WriteUnansweredError } from "../repair/tries.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { noteWriter } from "./earlier-repairs.ts";
import { keepJournal } from "./journal-store.ts";
import { beginAttempt, endAttempt, OutcomeLog, type PartOf, readOutcomes } from "./outcomes.ts";
import { writeClaimed } from "./write-computed.ts";

/** Writes in flight of one part, and how many outcomes a crash may leave unrecorded (they count as doubtful then). */
const IN_FLIGHT = 16;

/**
 * Writes the repairs of one part, each guarded by what the plan saw: journal first, then a few at a time, each few's
 * outcomes recorded before the next. Run again it skips what is recorded and converges.
 */
export async function writePart(
  recovery: Recovery,
  of: { readonly planHash: string; readonly part: string; readonly freezeProven: boolean },
  entries: readonly PlanEntry[],
  deps: Dependencies,
): Promise<void> {
  const part = { recoveryId: recovery.recoveryId, planHash: of.planHash, part: of.part };
  const writes = entries.filter(isWriting);
  if (writes.length === 0) return;
  await keepJournal(part, writes, deps);
  await noteWriter(recovery, deps);
  const earlier = await readOutcomes(part, deps);
  const number = await beginAttempt(part, deps);
  try {
    await writeOpen(recovery, { ...part, number, freezeProven: of.freezeProven }, writes, earlier, deps);
  } catch (error) {
    // It failed, and no write of it is on its way: only a kill leaves an attempt without its end.
    await endAttempt(part, number, deps).catch((second: unknown) =>
      deps.logger.warn("The end of an attempt could not be recorded", second as Error),
    );
    throw error;
  }
  await endAttempt(part, number, deps);
}

async function writeOpen(
  recovery: Recovery,
  attempt: PartOf & { readonly number: number; readonly freezeProven: boolean },
  writes: readonly WritingEntry[],
  earlier: ReadonlyMap<string, readonly Outcome[]>,
  deps: Dependencies,
): Promise<void> {
  const { number, freezeProven } = attempt;
  const log = new OutcomeLog(attempt, number, deps);
  const context = writeContext(recovery, deps);
  const earlierOf = ({ key }: PlanEntry) => earlier.get(canonicalKey(key, recovery.keySchema)) ?? [];
  const open = writes.filter((entry) => !settled(earlierOf(entry)));
  const record = (outcome: Outcome) => log.record([outcome]);
  for (let start = 0; start < open.length; start += IN_FLIGHT) {
    const tries = await Promise.allSettled(
      open
        .slice(start, start + IN_FLIGHT)
        .map((entry) =>
          writeClaimed(recovery, attempt, entry, deps, () =>
            applyRepair(entry.key, entry.repair, { number, earlier: earlierOf(entry), freezeProven, record }, context),
          ),
        ),
    );
    // One item that ends the attempt must not take the outcomes of the others with it.
    await log.record(tries.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
    const failures = tries.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    // What another attempt may heal is told after what it will not.
    if (failures.length > 0) throw failures.find((error) => !(error instanceof WriteUnansweredError)) ?? failures[0];
  }
}

/** An entry whose repair writes. */
export type WritingEntry = PlanEntry & { readonly repair: WritingRepair };

export function isWriting(entry: PlanEntry): entry is WritingEntry {
  return isWrite(entry.repair);
}

function settled(outcomes: readonly Outcome[]): boolean {
  const last = outcomes.at(-1);
  return last !== undefined && isSettled(last);
}

function writeContext({ table, keySchema, ttlAttribute }: Recovery, { aws, now }: Dependencies): WriteContext {
  return {
    client: aws.dynamodbOnce,
    table: table.tableName,
    keySchema,
    ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
    now: () => now().getTime(),
    pause: (milliseconds) => pause(milliseconds),
  };
}
