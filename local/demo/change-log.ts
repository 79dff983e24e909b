/** Where the demo's application logs what it changes: in a Lambda function it would be standard output. */
import { type CloudWatchLogsClient, type InputLogEvent, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";

/** As backstitch.config.ts names it. */
export const CHANGE_LOG_GROUP = "/orders/changes";
export const CHANGE_LOG_STREAM = "orders-app";

/** Lines are sent together: a call for each would be slower than the writes that they tell of. */
const SENT_AFTER_MS = 100;

export class ChangeLog {
  readonly #logs: CloudWatchLogsClient;
  readonly #now: () => number;
  #waiting: InputLogEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<unknown> = Promise.resolve();

  constructor(logs: CloudWatchLogsClient, now: () => number = Date.now) {
    this.#logs = logs;
    this.#now = now;
  }

  /** Takes a line; it is in the log group soon. */
  readonly write = (message: string): void => {
    this.#waiting.push({ timestamp: this.#now(), message });
    this.#timer ??= setTimeout(() => this.#send(), SENT_AFTER_MS);
  };

  /** Until every line is in the log group. */
  async flush(): Promise<void> {
    this.#send();
    await this.#sending;
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const logEvents = this.#waiting;
    this.#waiting = [];
    if (logEvents.length === 0) return;
    const command = new PutLogEventsCommand({
      logGroupName: CHANGE_LOG_GROUP,
      logStreamName: CHANGE_LOG_STREAM,
      logEvents,
    });
    this.#sending = Promise.all([this.#sending, this.#logs.send(command)]);
    // Who flushes is told; until then nobody waits for it.
    this.#sending.catch(() => undefined);
  }
}
