/** When a planned kill strikes: before any code ran, after so many of its AWS calls took effect, or after its work was done. */
export type KillMoment = "before-start" | { readonly afterCalls: number } | "before-answer";

export interface KillOrder {
  readonly functionName: string;
  /** Which of the function's invocations from now on; 1 = the next one. */
  readonly invocation?: number;
  readonly moment: KillMoment;
  /** Counts only invocations with such a payload. */
  readonly matches?: (payload: unknown) => boolean;
}

export interface RepeatOrder extends Omit<KillOrder, "moment"> {
  /** Beside the first run, as a service does that delivers twice; or right after it has answered. */
  readonly when: "beside" | "afterwards";
}

/** What was ordered for one invocation; `happened` stays false where it ended before its moment came. */
class Planned<Order extends Omit<KillOrder, "moment">> {
  readonly order: Order;
  happened = false;
  #left: number;

  constructor(order: Order) {
    this.order = order;
    this.#left = order.invocation ?? 1;
  }

  /** Counts one invocation; answers whether it is the one. */
  isDue(functionName: string, payload: string): boolean {
    if (functionName !== this.order.functionName) return false;
    if (this.order.matches && !this.order.matches(JSON.parse(payload))) return false;
    this.#left -= 1;
    return this.#left === 0;
  }
}

/** A kill that was ordered. */
export class PlannedKill extends Planned<KillOrder> {}

/** A second run that was ordered. */
export class PlannedRepeat extends Planned<RepeatOrder> {}

/** Kills of environments planned in advance: how a test or the demo asks what happens when a step dies half way. */
export class Faults {
  readonly #planned: PlannedKill[] = [];
  readonly #repeats: PlannedRepeat[] = [];
  readonly #calls = new Map<string, { left: number; strike: () => Promise<void> }>();
  /** Who waits for the answer of a function now, by its name. */
  readonly #waiting = new Map<string, Set<(error: Error) => void>>();

  /** Orders one kill; look at `happened` afterwards. */
  killDuring(order: KillOrder): PlannedKill {
    const planned = new PlannedKill(order);
    this.#planned.push(planned);
    return planned;
  }

  /** Orders that one invocation is run twice, with the same payload. */
  repeatDuring(order: RepeatOrder): PlannedRepeat {
    const planned = new PlannedRepeat(order);
    this.#repeats.push(planned);
    return planned;
  }

  clear(): void {
    this.#planned.length = 0;
    this.#repeats.length = 0;
  }

  /** Whoever waits for this function now hears an error in its stead, while the function runs on; answers whether anybody did. */
  abandonRunning(functionName: string, error: Error): boolean {
    const waiting = [...(this.#waiting.get(functionName) ?? [])];
    for (const giveUp of waiting) giveUp(error);
    return waiting.length > 0;
  }

  /** Waits for an answer of this function, unless it is abandoned meanwhile. */
  async waitFor<Answer>(functionName: string, answer: Promise<Answer>): Promise<Answer> {
    const abandoned = Promise.withResolvers<never>();
    const waiting = this.#waiting.get(functionName) ?? new Set();
    this.#waiting.set(functionName, waiting.add(abandoned.reject));
    try {
      return await Promise.race([answer, abandoned.promise]);
    } finally {
      waiting.delete(abandoned.reject);
    }
  }

  /** Takes the kill that is due for this invocation, if one is. */
  take(functionName: string, payload: string): PlannedKill | undefined {
    // Every order counts every invocation; of two that fall due at once the first one strikes.
    const due = this.#planned.filter((planned) => planned.isDue(functionName, payload));
    for (const planned of due) this.#planned.splice(this.#planned.indexOf(planned), 1);
    return due[0];
  }

  /** Takes the second run that is due for this invocation, if one is. */
  takeRepeat(functionName: string, payload: string): PlannedRepeat | undefined {
    const due = this.#repeats.filter((planned) => planned.isDue(functionName, payload));
    for (const planned of due) this.#repeats.splice(this.#repeats.indexOf(planned), 1);
    return due[0];
  }

  /** Strikes once this access key has had `calls` answers. */
  watchCalls(accessKeyId: string, calls: number, strike: () => Promise<void>): void {
    this.#calls.set(accessKeyId, { left: calls, strike });
  }

  unwatch(accessKeyId: string): void {
    this.#calls.delete(accessKeyId);
  }

  /** To be called when a service has done what a request asked and before the answer goes out: its effect stays, its answer is lost. */
  async callTookEffect(accessKeyId: string): Promise<void> {
    const watched = this.#calls.get(accessKeyId);
    if (!watched) return;
    watched.left -= 1;
    if (watched.left > 0) return;
    this.#calls.delete(accessKeyId);
    await watched.strike();
  }
}
