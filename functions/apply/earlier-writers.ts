import type { Dependencies } from "../runtime/dependencies.ts";
import { TransientFailure } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { attemptsOf } from "./outcomes.ts";

/** Record of a table under the pseudo id `writers`: until when writes of an earlier recovery may still arrive. */
interface Writers {
  readonly recoveryId: string;
  /** ISO 8601. */
  readonly until: string;
}
const WRITERS = "writers";

/**
 * Gives the table back to other recoveries. An attempt whose end nobody recorded was killed, or is still at work: its
 * guards know what its own plan saw, and a later recovery may bring back just that. So it is written down until when.
 */
export async function giveTableBack({ recoveryId, table }: Recovery, deps: Dependencies): Promise<void> {
  const { recoveries, environment } = deps;
  let latest = 0;
  for await (const { begun, ended } of attemptsOf(recoveryId, deps))
    for (const [index, at] of begun.entries())
      if (!ended.includes(index + 1)) latest = Math.max(latest, Date.parse(at));
  const until = latest + environment.WRITER_TIMEOUT_SECONDS * 1000;
  if (until > deps.now().getTime())
    await recoveries.put(WRITERS, table.tableName, {
      recoveryId,
      until: new Date(until).toISOString(),
    } satisfies Writers);
  await recoveries.releaseLock(table.tableName, recoveryId);
}

/** Asked before a recovery writes: no function of an earlier one may be alive. Seldom so, since a restore takes longer. */
export async function assertEarlierWritersEnded({ recoveryId, table }: Recovery, deps: Dependencies): Promise<void> {
  const earlier = await deps.recoveries.get<Writers>(WRITERS, table.tableName);
  if (!earlier || earlier.recoveryId === recoveryId || Date.parse(earlier.until) <= deps.now().getTime()) return;
  throw new TransientFailure(
    `Recovery "${recoveryId}" writes to table "${table.tableName}" from ${earlier.until} on: until then a function of recovery "${earlier.recoveryId}" may be at work there, whose end was not recorded. Nothing was written. The step is tried again; redrive the execution then if it failed.`,
  );
}
