import type { Dependencies } from "../runtime/dependencies.ts";
import { notify } from "../runtime/notify.ts";

/** Record `told#<what>`: that people were told, and when. */
interface Told {
  readonly at: string;
}

export async function isTold(recoveryId: string, what: string, { recoveries }: Dependencies): Promise<boolean> {
  return (await recoveries.get<Told>(recoveryId, recordOf(what))) !== undefined;
}

/** Tells people what they were not told yet. It is marked after it is published: a kill in between tells it twice, never not at all. */
export async function tellOnce(
  recoveryId: string,
  what: string,
  { subject, lines }: { readonly subject: string; readonly lines: readonly string[] },
  deps: Dependencies,
): Promise<boolean> {
  if (await isTold(recoveryId, what, deps)) return false;
  await notify(deps, subject, lines);
  await deps.recoveries.put(recoveryId, recordOf(what), { at: deps.now().toISOString() } satisfies Told);
  return true;
}

const recordOf = (what: string): string => `told#${what}`;
