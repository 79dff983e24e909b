import { asStateFailure, type StateFailure, StoppedError } from "../errors.ts";
import type { FlowRun, Frame } from "../frame.ts";
import type { Json } from "../json.ts";

export interface BranchObserver {
  started?(index: number): void;
  succeeded?(index: number): void;
  failed?(index: number): void;
  aborted?(index: number): void;
}

/**
 * Runs the unfinished ones of these flows, so many at a time, and answers all outputs in order.
 * The first failure stops the others where they stand, so that a redrive can go on with them.
 */
export async function runBranches(
  frame: Frame,
  branches: readonly FlowRun[],
  concurrency: number,
  observer: BranchObserver = {},
): Promise<Json[]> {
  const siblings = new AbortController();
  const signal = AbortSignal.any([frame.signal, siblings.signal]);
  let firstFailure: StateFailure | undefined;
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < branches.length && !signal.aborted) {
      const index = next++;
      const branch = branches[index];
      if (!branch?.position) continue;
      observer.started?.(index);
      try {
        await frame.runFlow(branch, signal);
        observer.succeeded?.(index);
      } catch (error) {
        if (frame.signal.aborted) return;
        if (error instanceof StoppedError) {
          observer.aborted?.(index);
        } else {
          firstFailure ??= asStateFailure(error);
          observer.failed?.(index);
          siblings.abort(new StoppedError("Another branch has failed."));
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, branches.length) }, work));
  frame.signal.throwIfAborted();
  if (firstFailure) throw firstFailure;
  return branches.map((branch) => branch.output);
}
