import type { ExecutionEnvironment } from "./execution-environment.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";

export interface EnvironmentLimits {
  readonly perFunction: number;
  readonly inAll: number;
}

/**
 * Lambda would start a new environment for every concurrent invocation, up to the account's 1,000. Threads of one
 * process can't (each takes about 45 MB): beyond these numbers an invocation waits for a free environment instead of
 * being throttled.
 */
export const DEFAULT_LIMITS: EnvironmentLimits = { perFunction: 16, inAll: 32 };

interface Waiting {
  readonly configuration: FunctionConfiguration;
  readonly take: (environment: ExecutionEnvironment) => void;
  readonly refuse: (error: Error) => void;
}

/** An invocation came, or still waited for an environment, when the pool was closed. */
export class PoolClosedError extends Error {
  override readonly name = "PoolClosedError";
}

/** Warm environments are reused, last used first; idle ones of other functions make room when all places are taken. */
export class EnvironmentPool {
  readonly #start: (configuration: FunctionConfiguration) => ExecutionEnvironment;
  readonly #limits: EnvironmentLimits;
  /** Least recently used first. */
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #busy = new Set<ExecutionEnvironment>();
  readonly #waiting: Waiting[] = [];
  #closed = false;

  constructor(start: (configuration: FunctionConfiguration) => ExecutionEnvironment, limits = DEFAULT_LIMITS) {
    this.#start = start;
    this.#limits = limits;
  }

  /** A free environment of this function, warm if there is one. */
  async acquire(configuration: FunctionConfiguration): Promise<ExecutionEnvironment> {
    if (this.#closed) throw new PoolClosedError(`Lambda is closed: ${configuration.name} is not invoked any more.`);
    const environment = this.#tryAcquire(configuration);
    return environment ?? new Promise((take, refuse) => this.#waiting.push({ configuration, take, refuse }));
  }

  release(environment: ExecutionEnvironment): void {
    this.#busy.delete(environment);
    if (environment.alive) this.#idle.push(environment);
    for (const waiting of this.#waiting.splice(0)) {
      try {
        const free = this.#tryAcquire(waiting.configuration);
        if (free) waiting.take(free);
        else this.#waiting.push(waiting);
      } catch (error) {
        // No environment can be started for it (its role can't be assumed): its own affair, not that of who released.
        waiting.refuse(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** Ends the idle environments of a function, so that its next invocation is a cold start. */
  async recycle(functionName: string): Promise<void> {
    const stale = this.#idle.filter(({ configuration }) => configuration.name === functionName);
    for (const environment of stale) this.#idle.splice(this.#idle.indexOf(environment), 1);
    await Promise.all(stale.map((environment) => environment.kill()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { configuration, refuse } of this.#waiting.splice(0))
      refuse(new PoolClosedError(`Lambda is closed: ${configuration.name} is not invoked any more.`));
    await Promise.all([...this.#busy, ...this.#idle.splice(0)].map((environment) => environment.kill()));
  }

  #tryAcquire(configuration: FunctionConfiguration): ExecutionEnvironment | undefined {
    for (let index = this.#idle.length - 1; index >= 0; index -= 1)
      if (!this.#idle[index]?.alive) this.#idle.splice(index, 1);
    const warm = this.#idle.findLastIndex(({ configuration: { name } }) => name === configuration.name);
    const reused = warm >= 0 ? this.#idle.splice(warm, 1)[0] : undefined;
    if (reused) return this.#occupy(reused);
    let ofThisFunction = 0;
    for (const { configuration: busy } of this.#busy) if (busy.name === configuration.name) ofThisFunction += 1;
    if (ofThisFunction >= this.#limits.perFunction) return undefined;
    if (this.#busy.size + this.#idle.length >= this.#limits.inAll) {
      const leastUsed = this.#idle.shift();
      if (!leastUsed) return undefined;
      void leastUsed.kill();
    }
    return this.#occupy(this.#start(configuration));
  }

  #occupy(environment: ExecutionEnvironment): ExecutionEnvironment {
    this.#busy.add(environment);
    return environment;
  }
}
