import { randomUUID } from "node:crypto";
import type { Conditions } from "../conditions.ts";
import { NotInPocketAwsError } from "../service.ts";
import type { InvocationAnswer } from "./execution-environment.ts";
import { logGroupOf } from "./function-configuration.ts";
import type { FunctionError } from "./runtime-protocol.ts";
import type { DeployedFunction } from "./service.ts";

/** AWS tries an event three times, after one minute and after two more (scaled like every wait). */
const RETRY_SECONDS = [60, 120];

/** AWS::Lambda::EventInvokeConfig: what becomes of events whose function fails. */
export interface EventInvokeConfig {
  readonly maximumRetryAttempts: number;
  /** Longer than the waits between the tries, so that nothing grows too old here. */
  readonly maximumEventAgeSeconds: number;
  /** ARN of a queue. */
  readonly onFailureArn?: string;
}
const DEFAULT_CONFIG: EventInvokeConfig = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

export interface AsynchronousInvocationsOptions {
  readonly conditions: Conditions;
  readonly run: (found: DeployedFunction, payload: string, requestId: string) => Promise<InvocationAnswer>;
  readonly log: (group: string, stream: string, line: string) => void;
  /** Sends to a queue as the function's role. */
  readonly send: (queueArn: string, body: string, found: DeployedFunction) => void;
}

/** Events that were accepted and are run later; one whose function fails each time goes to its destination, if it has one. */
export class AsynchronousInvocations {
  readonly #options: AsynchronousInvocationsOptions;
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #configs = new Map<string, EventInvokeConfig>();

  constructor(options: AsynchronousInvocationsOptions) {
    this.#options = options;
  }

  configure(functionName: string, config: EventInvokeConfig): void {
    const { onFailureArn, maximumEventAgeSeconds } = config;
    if (onFailureArn !== undefined && !onFailureArn.startsWith("arn:aws:sqs:"))
      throw new NotInPocketAwsError(`the destination ${onFailureArn} of failed events: only queues are`);
    if (maximumEventAgeSeconds < RETRY_SECONDS.reduce((sum, seconds) => sum + seconds))
      throw new NotInPocketAwsError(`events that grow too old in ${maximumEventAgeSeconds} s, before their last try`);
    this.#configs.set(functionName, config);
  }

  accept(found: DeployedFunction, payload: string): void {
    void this.#try(found, payload, randomUUID(), 0);
  }

  close(): void {
    for (const retry of this.#retries) clearTimeout(retry);
    this.#retries.clear();
  }

  async #try(found: DeployedFunction, payload: string, requestId: string, tries: number): Promise<void> {
    const { run, conditions } = this.#options;
    try {
      const answer = await run(found, payload, requestId);
      if (!("functionError" in answer)) return;
      const seconds = tries < this.#configOf(found).maximumRetryAttempts ? RETRY_SECONDS[tries] : undefined;
      if (seconds === undefined) this.#giveUp(found, payload, requestId, tries + 1, answer.functionError);
      else {
        const retry = setTimeout(
          () => {
            this.#retries.delete(retry);
            void this.#try(found, payload, requestId, tries + 1);
          },
          seconds * 1000 * conditions.waitScale,
        );
        this.#retries.add(retry);
      }
    } catch (error) {
      // A closed service, or a role that Lambda may not assume: nobody waits for the answer, so the log has to tell.
      this.#drop(found, requestId, String(error));
    }
  }

  #giveUp(found: DeployedFunction, payload: string, requestId: string, tries: number, error: FunctionError): void {
    const { onFailureArn } = this.#configOf(found);
    if (onFailureArn === undefined) {
      this.#drop(found, requestId, JSON.stringify(error));
      return;
    }
    const record = {
      version: "1.0",
      timestamp: new Date().toISOString(),
      requestContext: {
        requestId,
        functionArn: `${found.arn}:$LATEST`,
        condition: "RetriesExhausted",
        approximateInvokeCount: tries,
      },
      requestPayload: JSON.parse(payload) as unknown,
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: error,
    };
    this.#options.send(onFailureArn, JSON.stringify(record), found);
  }

  #configOf({ configuration }: DeployedFunction): EventInvokeConfig {
    return this.#configs.get(configuration.name) ?? DEFAULT_CONFIG;
  }

  #drop({ configuration }: DeployedFunction, requestId: string, why: string): void {
    this.#options.log(logGroupOf(configuration), "asynchronous", `Event ${requestId} dropped: ${why}`);
  }
}
