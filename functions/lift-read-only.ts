import type { StepInput, StepOutput } from "./contracts.ts";
import { assertNoDeleteNeedsFreeze, liftGuards, liftOnceMore, tenantsLeft, thawTenants } from "./read-only/lift.ts";
import { readOnlyRecord } from "./read-only/read-only-record.ts";
import { recoveryOf } from "./read-only/recovery-of.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { step } from "./runtime/step.ts";
import { assertNotSuperseded } from "./runtime/superseded.ts";

/**
 * Gives back exactly what was there before, from the recoveries table alone. An operator may call it by hand at any time:
 * for everything, for some tenants, or with `continue`, which thaws while the repair goes on.
 */
export async function liftReadOnly(
  input: StepInput<"LiftReadOnly">,
  deps: Dependencies,
): Promise<StepOutput<"LiftReadOnly">> {
  const recovery = await recoveryOf(input, deps);
  const { recoveryId } = recovery;
  assertNotSuperseded(recovery, input.execution);
  await noteEnding(input, deps);
  const record = await readOnlyRecord(recoveryId, deps);
  if (!record || record.state === "off") return { lifted: false, notes: ["Read-only mode was not raised."] };
  if (record.state === "lifted")
    return {
      lifted: true,
      notes: [`Already lifted at ${record.liftedAt}.`, ...(await liftOnceMore(recovery, record, deps))],
    };
  const { tenants, continue: goesOn = false } = input;
  const left = tenants ? tenantsLeft(recovery, record, tenants) : [];
  if (goesOn || left.length > 0) await assertNoDeleteNeedsFreeze(recovery, deps);
  if (tenants && left.length > 0) return { lifted: true, notes: await thawTenants(recovery, record, tenants, deps) };
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: "lifting read-only mode" });
  return { lifted: true, notes: await liftGuards(recovery, goesOn, deps) };
}

/** From here on the machine only ends: whoever resumes the recovery must not freeze the table again. */
async function noteEnding(
  { recoveryId, outcome, round = 0, planHash = "none" }: StepInput<"LiftReadOnly">,
  deps: Dependencies,
): Promise<void> {
  if (outcome)
    await deps.recoveries.setStatus(recoveryId, deps.now(), { ending: { outcome, round, approvedHash: planHash } });
}

export const handler = step("LiftReadOnly", liftReadOnly);
