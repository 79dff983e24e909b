/** Two that work on the same guards at the same time, call by call. */
import { LostAnswer } from "../../../local/interception.ts";
import type { GuardedWorld } from "./guarded-world.ts";

export interface Interruption {
  /** The call of the first one before which the second one comes. */
  readonly nth: number;
  /** The first one dies there: that call is on its way and still takes effect, and no other follows. */
  readonly kills?: boolean;
}

export interface Interleaved {
  /** False: the first one has fewer calls, and nothing came between. */
  readonly interrupted: boolean;
  /** The call that was interrupted. */
  readonly call: string;
  readonly first: PromiseSettledResult<unknown>;
  readonly second: PromiseSettledResult<unknown>;
}

/** Runs `first`, and all of `second` before its nth call to AWS takes effect; to come after it is to come before the next one. */
export async function interleave(
  world: GuardedWorld,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
  { nth, kills = false }: Interruption,
): Promise<Interleaved> {
  let calls = 0;
  let ofSecond = false;
  let killed = false;
  let call = "";
  let ended: PromiseSettledResult<unknown> = { status: "fulfilled", value: undefined };
  const comeBetween = async () => {
    ofSecond = true;
    [ended] = await Promise.allSettled([second()]);
    ofSecond = false;
    killed = kills;
  };
  world.intercept = async ({ service, action }, proceed) => {
    if (ofSecond) return proceed();
    if (killed) throw new LostAnswer();
    if (++calls !== nth) return proceed();
    call = `${service} ${action}`;
    await comeBetween();
    const response = await proceed();
    if (killed) throw new LostAnswer();
    return response;
  };
  try {
    const [outcome] = await Promise.allSettled([first()]);
    return { interrupted: calls >= nth, call, first: outcome, second: ended };
  } finally {
    world.intercept = undefined;
  }
}
