import type { StepInput, StepOutput } from "./contracts.ts";
import { visitGuards, waitSeconds } from "./read-only/prove.ts";
import { assertNotLifted, raiseGuards } from "./read-only/raise.ts";
import { tellFreeze } from "./read-only/read-only-record.ts";
import { recoveryOf } from "./read-only/recovery-of.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { TransientFailure } from "./runtime/errors.ts";
import { step } from "./runtime/step.ts";
import { assertNotSuperseded } from "./runtime/superseded.ts";

/**
 * Makes the table read-only: each guard's probe must get through, then what is there is saved, then the guard is raised.
 * Called by hand after a freeze was lost it freezes again and proves it, since a redrive does not come back here.
 */
export async function activateReadOnly(
  input: StepInput<"ActivateReadOnly">,
  deps: Dependencies,
): Promise<StepOutput<"ActivateReadOnly">> {
  const recovery = await recoveryOf(input, deps);
  const { recoveryId, guards } = recovery;
  assertNotSuperseded(recovery, input.execution);
  if (guards.length === 0) return { guards: [] };
  // Without the lock there is no recovery left that would lift it again.
  await deps.recoveries.assertLock(input.table, recoveryId);
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: "raising read-only mode" });
  const record = await raiseGuards(recovery, deps);
  if (record.raisedAgain) {
    const pending = await visitGuards(recovery, record, deps);
    if (pending.length > 0)
      throw new TransientFailure(
        `Table "${input.table}" is frozen again but it is not proven yet: ${pending.map(({ guard, why }) => `guard ${guard}: ${why}`).join("; ")}. Call ActivateReadOnly once more in ${waitSeconds(record.visits, pending)} s, and redrive when it succeeds.`,
      );
  }
  assertNotLifted(recovery, await tellFreeze(recoveryId, deps), deps);
  return { guards: [...guards] };
}

export const handler = step("ActivateReadOnly", activateReadOnly);
