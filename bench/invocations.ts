/** Figures from what Lambda did: one row a function. */
import type { FinishedInvocation } from "../local/lambda/service.ts";

export interface FunctionFigures {
  readonly invocations: number;
  readonly coldStarts: number;
  readonly errors: number;
  /** From the begin of the first invocation to the end of the last. */
  readonly wallSeconds: number;
  /** All invocations together, the waiting for answers included, cold starts not. */
  readonly busySeconds: number;
  readonly peakMemoryMb: number;
}

export function functionFigures(finished: readonly FinishedInvocation[]): Record<string, FunctionFigures> {
  const byFunction = Map.groupBy(finished, ({ functionName }) => functionName);
  return Object.fromEntries([...byFunction].map(([name, invocations]) => [name, figuresOf(invocations)]));
}

/** The largest input of a step: state carries references and counts, so it does not grow with the table. */
export function largestPayloadBytes(finished: readonly FinishedInvocation[]): number {
  return Math.max(0, ...finished.map(({ payload }) => Buffer.byteLength(JSON.stringify(payload))));
}

function figuresOf(invocations: readonly FinishedInvocation[]): FunctionFigures {
  const begun = Math.min(...invocations.map(({ startedAt }) => startedAt));
  const ended = Math.max(...invocations.map(({ endedAt }) => endedAt));
  return {
    invocations: invocations.length,
    coldStarts: invocations.filter(({ coldStart }) => coldStart).length,
    errors: invocations.filter(({ functionError }) => functionError !== undefined).length,
    wallSeconds: (ended - begun) / 1000,
    busySeconds: invocations.reduce((sum, { startedAt, endedAt }) => sum + (endedAt - startedAt), 0) / 1000,
    peakMemoryMb: Math.max(...invocations.map(({ peakMemoryBytes }) => peakMemoryBytes)) / 2 ** 20,
  };
}
