import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Approval } from "./records.ts";

/** Record `started-by`: written before the execution is started, by an API that knows its caller; nobody else writes it. */
export interface StartedBy {
  readonly by: string;
  readonly at: string;
}
export const STARTED_BY = "started-by";

/** Who gives an answer, as an API that authenticated the caller says it; never what a payload says. */
export interface VerifiedCaller {
  readonly by: string;
}

/**
 * Why an approval does not count where a table takes four eyes; undefined: it does. StartExecution tells nobody who started
 * it, and a payload says what its sender likes: both people must be known by an API that knows its callers.
 */
export async function lackOfFourEyes(
  { recoveryId, table }: Recovery,
  { by, verified }: Pick<Approval, "by" | "verified">,
  deps: Dependencies,
): Promise<string | undefined> {
  if (!table.fourEyes) return undefined;
  const rule = `Table "${table.tableName}" takes four eyes`;
  const started = await deps.recoveries.get<StartedBy>(recoveryId, STARTED_BY);
  if (!started)
    return `${rule}, and nobody knows who started recovery "${recoveryId}": start it through the API that knows its callers.`;
  if (!verified)
    return `${rule}, and nobody knows that it is "${by}" who approves: approve through the API that knows its callers.`;
  if (started.by === by)
    return `${rule}, and "${by}" started recovery "${recoveryId}" too: somebody else must approve it.`;
  return undefined;
}
