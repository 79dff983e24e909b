/**
 * Which recoveries the sweep looks at: a record each under the pseudo id `watch`, written before the lock is taken and
 * taken out when nothing is left to look after. One Query lists them, however many recoveries the table remembers. Not a
 * sparse index: that is eventually consistent, and would make the table's write path depend on one more thing; not the
 * locks alone: a look (`mode: "plan"`) takes none, and has restored tables and an end that may be lost like any other.
 */
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Lock } from "../runtime/recoveries.ts";

const WATCH = "watch";

interface Watched {
  readonly executionArn: string;
  readonly since: string;
}

/** One recovery to look at, by its name; `lock` where it holds a table. */
export interface Entry {
  readonly recoveryId: string;
  readonly executionArn: string;
  readonly since: string;
  readonly held?: { readonly table: string; readonly lock: Lock };
}

/** Puts a recovery on the list; twice is once. */
export async function watchOver(
  { recoveryId, executionArn }: { readonly recoveryId: string; readonly executionArn: string },
  { recoveries, now }: Pick<Dependencies, "recoveries" | "now">,
): Promise<void> {
  await recoveries.putOnce(WATCH, recoveryId, { executionArn, since: now().toISOString() } satisfies Watched);
}

export async function unwatch(recoveryId: string, { recoveries }: Dependencies): Promise<void> {
  await recoveries.remove(WATCH, recoveryId);
}

/** So young that a function which began it may still be at work, and Step Functions may not know it yet. */
export function isYoung(since: string, { now, environment }: Pick<Dependencies, "now" | "environment">): boolean {
  return now().getTime() - Date.parse(since) < environment.WRITER_TIMEOUT_SECONDS * 1000;
}

/** Everything on the list, and whoever holds a table without being on it. */
export async function entries({ recoveries }: Dependencies): Promise<Entry[]> {
  const found = new Map<string, Entry>();
  for await (const { record: recoveryId, document } of recoveries.list<Watched>(WATCH, ""))
    found.set(recoveryId, { recoveryId, ...document });
  for await (const { record: table, document: lock } of recoveries.list<Lock>("lock", "")) {
    const { recoveryId, executionArn, acquiredAt } = lock;
    const known = found.get(recoveryId) ?? { recoveryId, executionArn, since: acquiredAt };
    found.set(recoveryId, { ...known, held: { table, lock } });
  }
  return [...found.values()];
}
