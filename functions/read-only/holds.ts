import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { subjectOf } from "./guard.ts";
import { guardsOf } from "./guards.ts";
import { readOnlyLost } from "./lost.ts";
import { isThawedKnowingly, type ReadOnlyRecord, readOnlyRecord } from "./read-only-record.ts";

export interface Holding {
  /** The whole scope is frozen, and a probe has shown it: a delete without a version may rely on it. */
  readonly proven: boolean;
}

/**
 * Asked before every part that writes: looks at each guard itself, since a deployment overwrites a policy without
 * touching our record. Throws ReadOnlyLost unless the freeze was lifted knowingly.
 */
export async function assertReadOnlyHolds(recovery: Recovery, deps: Dependencies): Promise<Holding> {
  if (recovery.guards.length === 0) return { proven: false };
  const record = await readOnlyRecord(recovery.recoveryId, deps);
  if (isThawedKnowingly(record)) return { proven: false };
  if (record?.state !== "proven") throw readOnlyLost(recovery, whyNotFrozen(record), deps);
  await assertGuardsUp(recovery, record, deps);
  return { proven: record.thawed.length === 0 && Object.values(record.guards).some(({ proof }) => proof === "proven") };
}

/** Every guard is still as it was raised. */
export async function assertGuardsUp(recovery: Recovery, record: ReadOnlyRecord, deps: Dependencies): Promise<void> {
  const subject = subjectOf(recovery, record.thawed);
  for (const guard of guardsOf(recovery.guards)) {
    const standing = await guard.isUp(subject, deps);
    if (!standing.up) throw readOnlyLost(recovery, `guard ${guard.name} is down: ${standing.instead}`, deps);
  }
}

/** Why a record does not stand for a freeze that is up and proven. */
export function whyNotFrozen(record: ReadOnlyRecord | undefined): string {
  switch (record?.state) {
    case "lifted":
    case "lifting":
      return `its read-only mode was lifted${record.liftedAt ? ` at ${record.liftedAt}` : ""}`;
    case "raising":
    case "up":
      return "its read-only mode was raised but is not proven";
    default:
      return "its read-only mode was never raised";
  }
}
