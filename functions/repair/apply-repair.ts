import { itemEquals } from "../items/equality.ts";
import type { Item } from "../items/item.ts";
import { canonicalKey } from "../items/key.ts";
import { guardedWrite } from "./guard.ts";
import { holdsPlanned, holdsTarget } from "./item-state.ts";
import { type ItemClient, memberOf, readItem, sendWrite, type WriteContext } from "./item-writer.ts";
import { isSettled, type Outcome, type Verdict } from "./outcome.ts";
import { putBack } from "./put-back.ts";
import { refusalOf } from "./refusal.ts";
import type { WritingRepair } from "./repair.ts";
import { hasExpired } from "./time-to-live.ts";
import { MAX_TRIES, pauseBefore, WriteUnansweredError } from "./tries.ts";

export type { ItemClient, WriteContext };

/** One attempt at a part, as far as one of its items is concerned. */
export interface Attempt {
  /** 1 for the first; every further one may follow writes that nobody recorded. */
  readonly number: number;
  /** What earlier attempts recorded for this key, the oldest first. */
  readonly earlier: readonly Outcome[];
  /** True if every guard of the freeze has been proven and checked by this attempt. */
  readonly freezeProven: boolean;
  /**
   * Keeps an outcome where a crash does not take it. Called for a delete as soon as it is answered, before anything
   * else; the outcome that {@link applyRepair} returns is the caller's to record.
   */
  readonly record: (outcome: Outcome) => Promise<void>;
}

/**
 * Writes one repair, guarded by what the plan saw, and says what became of it. Throws only where the attempt must end:
 * no permission, no table, no answer in several tries.
 */
export async function applyRepair(
  key: Item,
  repair: WritingRepair,
  attempt: Attempt,
  context: WriteContext,
): Promise<Outcome> {
  const last = attempt.earlier.at(-1);
  if (last && isSettled(last)) return last;
  const stamp = (verdict: Verdict, doubtful: boolean): Outcome => ({
    ...verdict,
    key: canonicalKey(key, context.keySchema),
    action: repair.action,
    attempt: attempt.number,
    at: new Date(context.now()).toISOString(),
    doubtful,
  });
  if (last?.outcome === "deleted-unlike-plan") return stamp(await putBack(key, last.image, context), false);
  if (repair.action === "delete" && repair.needsFreeze && !attempt.freezeProven) {
    return stamp({ outcome: "conflict", reason: "freeze-not-proven" }, false);
  }
  return new ItemRepair(key, repair, attempt, context, stamp).write();
}

class ItemRepair {
  readonly #key: Item;
  readonly #repair: WritingRepair;
  readonly #attempt: Attempt;
  readonly #context: WriteContext;
  readonly #stamp: (verdict: Verdict, doubtful: boolean) => Outcome;
  /** A write of ours may have taken effect unseen: from then on the version is pinned, and nothing is surely ours. */
  #doubtful: boolean;

  constructor(
    key: Item,
    repair: WritingRepair,
    attempt: Attempt,
    context: WriteContext,
    stamp: (verdict: Verdict, doubtful: boolean) => Outcome,
  ) {
    this.#key = key;
    this.#repair = repair;
    this.#attempt = attempt;
    this.#context = context;
    this.#stamp = stamp;
    this.#doubtful = attempt.number > 1;
  }

  async write(): Promise<Outcome> {
    let cause: unknown;
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      if (tries > 1) await this.#context.pause(pauseBefore(tries));
      if (this.#hasExpired()) return this.#say({ outcome: "expired" });
      const { keySchema, table } = this.#context;
      const target = { table, key: this.#key, keySchema, pinVersion: this.#doubtful };
      // A failure to record must not be taken for one to write: only the sending is tried.
      const sent = await sendWrite(guardedWrite(this.#repair, target), this.#context).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error }),
      );
      if ("answer" in sent) return this.#afterWrite(sent.answer.old);
      cause = sent.error;
      const outcome = await this.#afterRefusal(sent.error);
      if (outcome) return outcome;
    }
    throw new WriteUnansweredError(this.#repair.action, this.#context.table, { cause });
  }

  async #afterWrite(old: Item | null): Promise<Outcome> {
    // Its own writes stay ours even in a later attempt: the guard held, so no earlier try had taken effect.
    const written = this.#stamp({ outcome: "written" }, false);
    if (this.#repair.action !== "delete") return written;
    if (itemEquals(old, this.#repair.expected)) {
      await this.#attempt.record(written);
      return written;
    }
    if (old === null) return this.#say({ outcome: "conflict", reason: "delete-unseen" });
    await this.#attempt.record(this.#say({ outcome: "deleted-unlike-plan", image: old }));
    return this.#stamp(await putBack(this.#key, old, this.#context), false);
  }

  /** The outcome that an error means, or undefined if the write may be sent again. */
  async #afterRefusal(error: unknown): Promise<Outcome | undefined> {
    switch (refusalOf(error)) {
      case "guard-failed":
        return this.#settle(memberOf(error, "Item") ?? (await readItem(this.#key, this.#context)));
      case "unwritable":
        return this.#say({ outcome: "unwritable", message: error instanceof Error ? error.message : String(error) });
      case "not-done-yet":
        return undefined;
      case "permanent":
        throw error;
      case "unanswered": {
        this.#doubtful = true;
        const item = await readItem(this.#key, this.#context);
        return holdsPlanned(this.#repair, item) ? undefined : this.#settle(item);
      }
    }
  }

  #settle(item: Item | null): Outcome {
    const isUnseenDelete = this.#repair.action === "delete" && item === null && this.#doubtful;
    if (isUnseenDelete) return this.#say({ outcome: "conflict", reason: "delete-unseen" });
    if (holdsTarget(this.#repair, item)) return this.#say({ outcome: "already" });
    return this.#say({ outcome: "conflict", reason: "changed-since-plan" });
  }

  #hasExpired(): boolean {
    const { ttlAttribute, now } = this.#context;
    return this.#repair.action === "put" && hasExpired(this.#repair.item, ttlAttribute, now() / 1000);
  }

  #say(verdict: Verdict): Outcome {
    return this.#stamp(verdict, this.#doubtful);
  }
}
