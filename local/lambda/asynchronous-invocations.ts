import { randomUUID } from "node:crypto";
import type { Conditions } from "../conditions.ts";
import type { InvocationAnswer } from "./execution-environment.ts";
import { logGroupOf } from "./function-configuration.ts";
import type { DeployedFunction } from "./service.ts";

/** AWS tries an event three times, after one minute and after two more (scaled like every wait). */
const RETRY_SECONDS = [60, 120];

export interface AsynchronousInvocationsOptions {
  readonly conditions: Conditions;
  readonly run: (found: DeployedFunction, payload: string, requestId: string) => Promise<InvocationAnswer>;
  readonly log: (group: string, stream: string, line: string) => void;
}

/** Events that were accepted and are run later; one whose function fails three times is dropped with a line in its log. */
export class AsynchronousInvocations {
  readonly #options: AsynchronousInvocationsOptions;
  readonly #retries = new Set<NodeJS.Timeout>();

  constructor(options: AsynchronousInvocationsOptions) {
    this.#options = options;
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
      const seconds = RETRY_SECONDS[tries];
      if (seconds === undefined) this.#drop(found, requestId, JSON.stringify(answer.functionError));
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

  #drop({ configuration }: DeployedFunction, requestId: string, why: string): void {
    this.#options.log(logGroupOf(configuration), "asynchronous", `Event ${requestId} dropped: ${why}`);
  }
}
