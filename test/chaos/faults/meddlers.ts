/** Others who change, meanwhile, what our guards stand beside. */
import type { Call } from "../call.ts";
import type { Fault, Reach } from "../faults.ts";
import { drawCall } from "./calls-drawn.ts";

/** Who writes the flag: Parameter Store has no revision to write by, so that a person who writes at that moment is overwritten. */
const FLAG_WRITERS = /activate-read-only|lift-read-only|on-recovery-ended/;

/** Somebody edits the table's policy, the flag or a role by hand. */
export function meddler({ foreigners, chance }: Reach): Fault {
  const drawn = drawCall(chance);
  const what = chance.pick(["editPolicy", "editFlag", "editRole"] as const);
  const isPossible = (call: Call) => what !== "editFlag" || !FLAG_WRITERS.test(call.role);
  return once(`${what} by hand at call ${drawn.nth} of ${drawn.role}`, drawn, isPossible, () => foreigners[what]());
}

/** A deploy overwrites the table's policy: our statement is gone with it. */
export function deployment({ foreigners, chance }: Reach): Fault {
  const drawn = drawCall(chance);
  const name = `a deploy overwrites the policy at call ${drawn.nth} of ${drawn.role}`;
  return once(
    name,
    drawn,
    () => true,
    () => foreigners.overwritePolicy(),
  );
}

function once(
  name: string,
  { role, nth }: { readonly role: string; readonly nth: number },
  isPossible: (call: Call) => boolean,
  act: () => Promise<void>,
): Fault {
  let isDone = false;
  return {
    name,
    around: (call, proceed) => {
      if (isDone || call.role !== role || call.ofRole < nth || !isPossible(call)) return undefined;
      isDone = true;
      return act().then(proceed);
    },
  };
}
