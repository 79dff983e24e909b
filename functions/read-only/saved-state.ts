/** What a guard found before it was raised: the record `read-only#<guard>`, written before anything is changed. */
import type { GuardName } from "../contracts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { GuardSubject } from "./guard.ts";

/** One guard's saved state in the recoveries table. */
export class SavedState<State> {
  readonly #record: string;

  constructor(guard: GuardName) {
    this.#record = `read-only#${guard}`;
  }

  async load({ recoveryId }: GuardSubject, { recoveries }: Dependencies): Promise<State | undefined> {
    return recoveries.get<State>(recoveryId, this.#record);
  }

  /** Keeps the first state: a retry or a redrive finds the guard raised, and must not take that for what was before. */
  async saveOnce(subject: GuardSubject, state: State, deps: Dependencies): Promise<State> {
    if (await deps.recoveries.putOnce(subject.recoveryId, this.#record, state)) return state;
    return (await this.load(subject, deps)) ?? state;
  }

  async change({ recoveryId }: GuardSubject, change: (before: State) => State, deps: Dependencies): Promise<State> {
    return deps.recoveries.update<State>(recoveryId, this.#record, (before) => {
      if (before === undefined) throw new Error(`Recovery "${recoveryId}" has no record "${this.#record}" to change.`);
      return change(before);
    });
  }
}
