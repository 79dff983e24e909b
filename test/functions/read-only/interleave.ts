/** Two that work on the same guards at the same time, call by call. */
import { LostAnswer } from "../../../local/interception.ts";
import type { GuardedWorld } from "./guarded-world.ts";

/** Where the second one comes between: before a call of the first one takes effect, or after it. */
export const MOMENTS = ["before", "after"] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Interruption {
  readonly nth: number;
  readonly moment: Moment;
  /** The first one dies there: that call and all later ones of its own fail. */
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

/** Runs `first`, and all of `second` at its nth call to AWS; a first one that is killed makes no call afterwards. */
export async function interleave(
  world: GuardedWorld,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
  { nth, moment, kills = false }: Interruption,
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
    if (moment === "after") {
      const response = await proceed();
      await comeBetween();
      if (killed) throw new LostAnswer();
      return response;
    }
    await comeBetween();
    // The request was on its way when its sender died.
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
