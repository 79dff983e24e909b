import { createHash, randomUUID } from "node:crypto";
import type { PolicyDocument } from "../service.ts";

/** A message as a queue holds it. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  /** Text attributes: the only kind that anybody here sends. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly sentAt: number;
}

export interface ReceivedMessage extends QueuedMessage {
  readonly receiptHandle: string;
}

interface Held {
  readonly message: QueuedMessage;
  /** Epoch milliseconds; before it nobody receives the message. */
  visibleFrom: number;
  receiptHandle: string | undefined;
}

export interface QueueSettings {
  readonly name: string;
  readonly arn: string;
  readonly retentionSeconds: number;
  readonly visibilitySeconds: number;
}

/** One standard queue; what is older than its retention is gone. */
export class Queue {
  readonly settings: QueueSettings;
  policy: PolicyDocument | undefined;
  readonly #now: () => number;
  #held: Held[] = [];

  constructor(settings: QueueSettings, now: () => number) {
    this.settings = settings;
    this.#now = now;
  }

  send(body: string, attributes: Readonly<Record<string, string>> = {}): QueuedMessage {
    const message = { messageId: randomUUID(), body, attributes, sentAt: this.#now() };
    this.#held.push({ message, visibleFrom: message.sentAt, receiptHandle: undefined });
    return message;
  }

  /** Hands out messages that are visible and hides them for a while. */
  receive(most: number, visibilitySeconds = this.settings.visibilitySeconds): ReceivedMessage[] {
    return this.#visible()
      .slice(0, most)
      .map((held) => {
        const receiptHandle = randomUUID();
        held.receiptHandle = receiptHandle;
        held.visibleFrom = this.#now() + visibilitySeconds * 1000;
        return { ...held.message, receiptHandle };
      });
  }

  /** Deletes what was received under this handle; answers whether it is one of the latest handles. */
  delete(receiptHandle: string): boolean {
    const before = this.#held.length;
    this.#held = this.#held.filter((held) => held.receiptHandle !== receiptHandle);
    return this.#held.length < before;
  }

  /** What can be received now, oldest first: for the metric, and for whoever looks in without receiving. */
  visibleMessages(): QueuedMessage[] {
    return this.#visible().map(({ message }) => message);
  }

  get hiddenCount(): number {
    return this.#kept().length - this.#visible().length;
  }

  #visible(): Held[] {
    return this.#kept().filter(({ visibleFrom }) => visibleFrom <= this.#now());
  }

  #kept(): Held[] {
    const oldest = this.#now() - this.settings.retentionSeconds * 1000;
    this.#held = this.#held.filter(({ message }) => message.sentAt >= oldest);
    return this.#held;
  }
}

export function md5Of(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
