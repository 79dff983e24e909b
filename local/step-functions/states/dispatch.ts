import { setImmediate as nextTurn } from "node:timers/promises";

/** Work that never waits for anything must not keep timers and requests from their turn. */
const BEGUN_PER_TURN = 64;

/** Something that was begun; wrapped, because awaiting a bare promise of it would be to await its end. */
export interface Begun {
  readonly ended: Promise<void>;
}

/**
 * Begins work for each index in order, with at most so many under way, and resolves when all that was begun has ended.
 * `begin` answers undefined where there is nothing to do, and must not throw.
 */
export async function dispatch(
  count: number,
  concurrency: number,
  signal: AbortSignal,
  begin: (index: number) => Promise<Begun | undefined>,
): Promise<void> {
  let underWay = 0;
  let wake: () => void = () => undefined;
  const untilBelow = async (limit: number): Promise<void> => {
    while (underWay >= limit) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  for (let index = 0; index < count && !signal.aborted; index += 1) {
    if (index % BEGUN_PER_TURN === 0) await nextTurn();
    await untilBelow(concurrency);
    if (signal.aborted) break;
    const begun = await begin(index);
    if (!begun) continue;
    underWay += 1;
    void begun.ended.finally(() => {
      underWay -= 1;
      wake();
    });
  }
  await untilBelow(1);
}
