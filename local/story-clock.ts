/**
 * The time in which a story is told: DynamoDB and CloudWatch Logs of a pocket AWS that was started with `now` keep their
 * history by it. An incident of three hours ago is played in moments, and recovered in the present.
 */
export class StoryClock {
  #behindMs: number;

  private constructor(behindMs: number) {
    this.#behindMs = behindMs;
  }

  static hoursAgo(hours: number): StoryClock {
    return new StoryClock(hours * 3_600_000);
  }

  /** For `startPocketAws({ now })`. */
  readonly now = (): number => Date.now() - this.#behindMs;

  /** Lets time go by without waiting for it; never beyond the present. */
  passSeconds(seconds: number): void {
    this.#behindMs = Math.max(0, this.#behindMs - seconds * 1000);
  }

  /** Goes on to the beginning of the next second: incidents are told in whole seconds, as PITR knows them. */
  toNextSecond(): void {
    this.#behindMs -= 1000 - (this.now() % 1000);
  }

  /** Goes on to a moment, ISO 8601. */
  to(moment: string): void {
    const aheadMs = Date.parse(moment) - this.now();
    if (aheadMs < 0) throw new RangeError(`The story is past ${moment} already.`);
    this.passSeconds(aheadMs / 1000);
  }

  /** The second that it is, ISO 8601. */
  second(): string {
    return `${new Date(this.now()).toISOString().slice(0, 19)}Z`;
  }

  toPresent(): void {
    this.#behindMs = 0;
  }
}
