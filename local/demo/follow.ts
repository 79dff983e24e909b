/** Follows one execution stage by stage and tells whoever listens; knows nothing of screens. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Operator, Progress } from "./operator.ts";
import { STAGES, stageOf } from "./stages.ts";

const LOOK_EVERY_MS = 200;

export interface Followed extends Progress {
  readonly stage: number;
  readonly elapsedMs: number;
}

export class Follower {
  readonly #operator: Operator;
  readonly #executionArn: string;
  readonly #startedAt = Date.now();
  readonly #listeners = new Set<(followed: Followed) => void>();
  #last: Followed = { status: "RUNNING", state: undefined, stage: 0, elapsedMs: 0 };
  readonly done: Promise<Followed>;

  constructor(operator: Operator, executionArn: string) {
    this.#operator = operator;
    this.#executionArn = executionArn;
    this.done = this.#follow();
  }

  get last(): Followed {
    return this.#last;
  }

  onLook(listener: (followed: Followed) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once the execution has left the stage behind, or has ended. */
  async passed(stage: number): Promise<Followed> {
    return this.#until(({ stage: now, status }) => now > stage || status !== "RUNNING");
  }

  /** Resolves once the execution is in the state, or has ended. */
  async reached(state: string): Promise<Followed> {
    return this.#until(({ state: now, status }) => now === state || status !== "RUNNING");
  }

  async #until(isThere: (followed: Followed) => boolean): Promise<Followed> {
    if (isThere(this.#last)) return this.#last;
    return new Promise((resolve, reject) => {
      const off = this.onLook((followed) => {
        if (!isThere(followed)) return;
        off();
        resolve(followed);
      });
      this.done.catch((error: unknown) => {
        off();
        reject(error);
      });
    });
  }

  async #follow(): Promise<Followed> {
    for (;;) {
      const progress = await this.#operator.progress(this.#executionArn);
      const ended = progress.status !== "RUNNING";
      const stage = ended ? STAGES.length : Math.max(this.#last.stage, stageOf(progress.state));
      this.#last = { ...progress, stage, elapsedMs: Date.now() - this.#startedAt };
      for (const listener of [...this.#listeners]) listener(this.#last);
      if (ended) return this.#last;
      await sleep(LOOK_EVERY_MS);
    }
  }
}
