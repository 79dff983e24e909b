import {
  ALL,
  asStateFailure,
  DATA_LIMIT_EXCEEDED,
  HEARTBEAT_TIMEOUT,
  RUNTIME,
  type StateFailure,
  StoppedError,
  TASK_FAILED,
  TIMEOUT,
} from "./errors.ts";
import type { Fields } from "./fields.ts";
import type { Frame } from "./frame.ts";
import { withinDataLimit } from "./json.ts";
import type { Template } from "./jsonata-expressions.ts";
import { assignments, type Transition } from "./states/state.ts";

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly backoffRate: number;
  readonly maxAttempts: number;
  readonly maxDelaySeconds: number | undefined;
  readonly fullJitter: boolean;
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly next: string | undefined;
  readonly output: Template | undefined;
  readonly assign: Template | undefined;
}

export interface Guarded {
  readonly name: string;
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
}

export function parseRetry(fields: Fields): readonly Retrier[] {
  return parseHandlers(fields, "Retry", (retrier, errorEquals) => {
    const jitter = retrier.string("JitterStrategy") ?? "NONE";
    if (jitter !== "NONE" && jitter !== "FULL") throw retrier.wrong("JitterStrategy", "must be 'NONE' or 'FULL'");
    return {
      errorEquals,
      intervalSeconds: retrier.number("IntervalSeconds", { min: 1, integer: true }) ?? 1,
      backoffRate: retrier.number("BackoffRate", { min: 1 }) ?? 2,
      maxAttempts: retrier.number("MaxAttempts", { min: 0, integer: true }) ?? 3,
      maxDelaySeconds: retrier.number("MaxDelaySeconds", { min: 1, integer: true }),
      fullJitter: jitter === "FULL",
    };
  });
}

export function parseCatch(fields: Fields): readonly Catcher[] {
  return parseHandlers(fields, "Catch", (catcher, errorEquals) => {
    catcher.requiredString("Next");
    return {
      errorEquals,
      next: catcher.target("Next"),
      output: catcher.template("Output"),
      assign: catcher.assign(),
    };
  });
}

function parseHandlers<T>(fields: Fields, name: string, parse: (handler: Fields, errorEquals: string[]) => T): T[] {
  const declared = fields.list(name) ?? [];
  return declared.map((value, index) => {
    const handler = fields.member(value, `${name}[${index}]`);
    const errorEquals: string[] = [];
    for (const error of handler.list("ErrorEquals") ?? []) {
      if (typeof error !== "string" || error === "") throw handler.wrong("ErrorEquals", "must hold error names");
      errorEquals.push(error);
    }
    if (errorEquals.length === 0) throw handler.wrong("ErrorEquals", "must hold at least one error name");
    if (errorEquals.includes(ALL) && (errorEquals.length > 1 || index < declared.length - 1)) {
      throw handler.wrong("ErrorEquals", `may hold '${ALL}' only alone and in the last place`);
    }
    const parsed = parse(handler, errorEquals);
    handler.finish();
    return parsed;
  });
}

/** Whether a Retry or Catch that lists these names takes this failure. */
export function matches(errorEquals: readonly string[], error: string | undefined): boolean {
  const isTerminal = error === RUNTIME || error === DATA_LIMIT_EXCEEDED;
  const isTimeout = error === TIMEOUT || error === HEARTBEAT_TIMEOUT;
  return errorEquals.some((name) => {
    if (name === ALL) return !isTerminal;
    if (name === TASK_FAILED) return !isTerminal && !isTimeout;
    return name === error || (name === TIMEOUT && isTimeout);
  });
}

/** Runs attempts of a state until one ends well, no retrier takes its failure any more, and no catcher does. */
export async function withRetryAndCatch(
  state: Guarded,
  frame: Frame,
  attempt: () => Promise<Transition>,
): Promise<Transition> {
  const retries = new Map<Retrier, number>();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof StoppedError) throw error;
      const failure = asStateFailure(error);
      const retrier = state.retriers.find((one) => matches(one.errorEquals, failure.error));
      const done = retrier ? (retries.get(retrier) ?? 0) : 0;
      if (retrier && done < retrier.maxAttempts) {
        retries.set(retrier, done + 1);
        const { conditions } = frame.execution.engine.dependencies;
        await frame.clock.sleep(
          delaySeconds(retrier, done, conditions.random) * 1000 * conditions.waitScale,
          frame.signal,
        );
        frame.position.retryCount += 1;
        // A retry begins the state anew; only a redrive goes on with what is finished.
        frame.position.branches = undefined;
        frame.position.mapRun = undefined;
        continue;
      }
      const catcher = state.catchers.find((one) => matches(one.errorEquals, failure.error));
      if (!catcher) throw failure;
      return catchFailure(state, catcher, frame, failure);
    }
  }
}

/** Seconds before the retry that follows `done` earlier ones. */
export function delaySeconds(retrier: Retrier, done: number, random: () => number): number {
  const backedOff = retrier.intervalSeconds * retrier.backoffRate ** done;
  const delay = Math.min(backedOff, retrier.maxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return retrier.fullJitter ? delay * random() : delay;
}

async function catchFailure(
  state: Guarded,
  catcher: Catcher,
  frame: Frame,
  failure: StateFailure,
): Promise<Transition> {
  const errorOutput = { Error: failure.error ?? "", Cause: failure.reason ?? "" };
  const output = catcher.output ? await frame.evaluate(catcher.output, { errorOutput }) : errorOutput;
  const assign = await assignments(catcher.assign, frame, { errorOutput });
  return { next: catcher.next, output: withinDataLimit(output, state.name, "an output"), assign };
}
