import type { StepInput, StepOutput } from "./contracts.ts";
import { whyNotFrozen } from "./read-only/holds.ts";
import { commandsToFreezeAgain, readOnlyLost } from "./read-only/lost.ts";
import { confirmGuards, type Pending, visitGuards, waitSeconds } from "./read-only/prove.ts";
import { isThawedKnowingly, readOnlyRecord } from "./read-only/read-only-record.ts";
import { recoveryOf } from "./read-only/recovery-of.ts";
import { liftCommand } from "./runtime/commands.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { ReadOnlyNotProven } from "./runtime/errors.ts";
import type { Recovery } from "./runtime/recovery.ts";
import { step } from "./runtime/step.ts";

const PROVEN = { status: "proven", waitSeconds: 0 } as const;
/** What a flag's cache age may take beyond the time that is allowed for proofs. */
const FLAG_MARGIN_SECONDS = 60;

/** Proves the freeze guard by guard, one look a visit; as `confirm`, right before the first write, it must still hold. */
export async function verifyReadOnly(
  input: StepInput<"VerifyReadOnly">,
  deps: Dependencies,
): Promise<StepOutput<"VerifyReadOnly">> {
  const recovery = await recoveryOf(input, deps);
  if (recovery.guards.length === 0) return PROVEN;
  const record = await readOnlyRecord(recovery.recoveryId, deps);
  if (isThawedKnowingly(record)) return PROVEN;
  const standing = record?.state === "raising" || record?.state === "up" || record?.state === "proven";
  if (!standing || (input.purpose === "confirm" && record.state !== "proven"))
    throw readOnlyLost(recovery, whyNotFrozen(record), deps);
  if (input.purpose === "confirm") {
    await confirmGuards(recovery, record, deps);
    return PROVEN;
  }
  const pending = await visitGuards(recovery, record, deps);
  if (pending.length === 0) {
    await deps.recoveries.setStatus(recovery.recoveryId, deps.now(), { state: "read-only" });
    return PROVEN;
  }
  assertTimeLeft(recovery, input.since, pending, deps);
  return { status: "pending", waitSeconds: waitSeconds(record.visits, pending) };
}

function assertTimeLeft(recovery: Recovery, since: string, pending: readonly Pending[], deps: Dependencies): void {
  const { provenWithinSeconds, flagCacheSeconds, tableName } = recovery.table;
  const allowed = recovery.guards.includes("ssm-flag")
    ? Math.max(provenWithinSeconds, flagCacheSeconds + FLAG_MARGIN_SECONDS)
    : provenWithinSeconds;
  if (deps.now().getTime() - Date.parse(since) < allowed * 1000) return;
  throw new ReadOnlyNotProven(
    `Read-only mode of table "${tableName}" is not proven ${allowed} s after ${since}: ${pending.map(({ guard, why }) => `guard ${guard}: ${why}`).join("; ")}. Nothing was written; the guards stay up. ${commandsToFreezeAgain(recovery, deps)}\nor give up and thaw:\n${liftCommand(deps.environment, recovery)}`,
  );
}

export const handler = step("VerifyReadOnly", verifyReadOnly);
