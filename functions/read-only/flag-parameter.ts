/** The parameter behind a flag, and the ledger that says which recovery froze whom in it. */
import { randomUUID } from "node:crypto";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import type { Dependencies } from "../runtime/dependencies.ts";
import { GuardFailed, TransientFailure } from "../runtime/errors.ts";
import { isAwsError } from "./aws-errors.ts";
import { type Claims, FLAGS, type FlagLedger, nextLedger, settledLedger } from "./flag-ledger.ts";
import { MAX_FLAG_BYTES } from "./flag-value.ts";

export interface Flag {
  readonly value: string;
  readonly type: "String" | "StringList" | "SecureString";
}

const ROUNDS = 8;

export async function readFlag(name: string, { aws }: Dependencies): Promise<Flag | undefined> {
  try {
    const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: name }));
    return { value: Parameter?.Value ?? "", type: Parameter?.Type ?? "String" };
  } catch (error) {
    if (isAwsError(error, "ParameterNotFound")) return undefined;
    throw error;
  }
}

/**
 * Changes the claims, then the parameter. PutParameter has no compare-and-set, so that a slow writer may put a value over a
 * newer one: each looks at the parameter and then at the ledger after its own write, and does the whole again until they
 * agree. Whoever writes last has seen every claim that was recorded before.
 */
export async function changeClaims(
  parameter: string,
  change: (claims: Claims) => Claims,
  deps: Dependencies,
): Promise<string> {
  const id = randomUUID();
  for (let round = 0; round < ROUNDS; round++) {
    const seen = await deps.recoveries.get<FlagLedger>(FLAGS, parameter);
    const flag = await readFlag(parameter, deps);
    if (!flag) throw new GuardFailed(`Parameter "${parameter}" was deleted while it was being changed: make it again.`);
    let stale = false;
    const ledger = await deps.recoveries.update<FlagLedger>(FLAGS, parameter, (stored) => {
      stale = JSON.stringify(stored) !== JSON.stringify(seen);
      return stale && stored ? stored : nextLedger(seen, flag.value, change, { id, now: deps.now() });
    });
    if (stale) continue;
    if (ledger.value !== flag.value) await writeFlag(parameter, flag, ledger.value, deps);
    const held = (await readFlag(parameter, deps))?.value;
    if (held === ledger.value && (await settle(parameter, held, id, deps))) return held;
  }
  throw new TransientFailure(
    `Parameter "${parameter}" was changed by others ${ROUNDS} times in a row: somebody writes it without end. Try again.`,
  );
}

async function writeFlag(name: string, { type }: Flag, value: string, { aws }: Dependencies): Promise<void> {
  if (Buffer.byteLength(value) > MAX_FLAG_BYTES)
    throw new GuardFailed(
      `Parameter "${name}" can't hold ${Buffer.byteLength(value)} bytes: freeze the whole table instead.`,
    );
  try {
    await aws.ssm.send(new PutParameterCommand({ Name: name, Value: value, Type: type, Overwrite: true }));
  } catch (error) {
    if (isAwsError(error, "TooManyUpdates"))
      throw new TransientFailure(`Parameter "${name}" is being changed by somebody else: try again.`, { cause: error });
    throw error;
  }
}

/**
 * The write is done: from now on the old value in the parameter means that somebody put it back. False: somebody has
 * changed the ledger since, and may have done so before our write came over his.
 */
async function settle(parameter: string, held: string, id: string, deps: Dependencies): Promise<boolean> {
  const settled = await deps.recoveries.update<FlagLedger>(FLAGS, parameter, (stored) => {
    if (!stored) throw new Error(`The record of flag "${parameter}" is gone.`);
    return stored.value === held ? settledLedger(stored, { id, now: deps.now() }) : stored;
  });
  return settled.value === held;
}
