/** The person on call: reads the messages, answers what is asked, redrives or resumes what failed, until it has succeeded. */
import { setTimeout as sleep } from "node:timers/promises";
import { RedriveExecutionCommand } from "@aws-sdk/client-sfn";
import type { Waiting } from "../../functions/answers/records.ts";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import type { Ended } from "../../functions/report/ended-message.ts";
import type { Execution } from "../../local/step-functions/execution.ts";
import { type DeployedPocketAws, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import type { Chance } from "./chance.ts";
import type { GuardsSeen } from "./guards-seen.ts";
import { look, type Watch } from "./watch.ts";

const POLL_MS = 3;
/** Long beyond what a run takes: what has not come by then never comes. */
const GIVE_UP_MS = Number(process.env.GIVE_UP_MS ?? 120_000);
/** The message of a failure comes after the lift that the request asked for, which waits up to 20 s for a policy to show. */
const TELL_WITHIN_MS = 60_000;
/** A seed has a handful of faults, some of which fail an execution more than once. */
const MOST_ATTEMPTS = 20;

export interface OperatorOptions {
  readonly stage: DeployedPocketAws;
  readonly recoveryId: string;
  readonly chance: Chance;
  readonly guards: GuardsSeen;
  readonly watch: Watch;
}

export class Operator {
  redrives = 0;
  resumes = 0;
  readonly broken: string[] = [];
  readonly #options: OperatorOptions;
  readonly #firstMessage: number;
  readonly #thaws: boolean;
  readonly #resumes: boolean;
  #execution: Execution | undefined;
  #answered = "";

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.#firstMessage = options.stage.aws.services.sns.messages.length;
    this.#thaws = options.chance.happens(0.15);
    this.#resumes = options.chance.happens(0.25);
  }

  get execution(): Execution {
    if (!this.#execution) throw new Error("Nothing was started yet.");
    return this.#execution;
  }

  async recover(request: object): Promise<void> {
    this.#start(this.#options.recoveryId, request);
    for (const deadline = Date.now() + GIVE_UP_MS; this.execution.status !== "SUCCEEDED"; await sleep(POLL_MS)) {
      if (this.execution.status !== "RUNNING") await this.#goOn();
      else await this.#answer();
      if (Date.now() > deadline) throw new Error(`it does not end: ${await this.#standing()}`);
    }
  }

  /** As a deploy or a slip of the hand does: while the functions are at work. */
  async stopAndRedrive(): Promise<void> {
    if (this.execution.status !== "RUNNING") return;
    this.#options.stage.aws.services.stepFunctions.stopExecution(this.execution.arn);
    await this.#redrive();
  }

  #start(name: string, input: object): void {
    const { aws, outputs } = this.#options.stage;
    this.#execution = aws.services.stepFunctions.startExecution(outputs.StateMachineArn ?? "", { name, input });
  }

  async #answer(): Promise<void> {
    const { stage, recoveryId } = this.#options;
    const waiting = look<Waiting>(stage, recoveryId, "waiting");
    if (!waiting || waiting.taskToken === this.#answered) return;
    this.#answered = waiting.taskToken;
    const isApproval = waiting.for === "approval";
    const answer = isApproval ? { answer: "approve", planHash: waiting.planHash } : { answer: "continue" };
    try {
      await stage.answer({ ...answer, recoveryId, by: "on-call" });
      // "The application must write again": the repair goes on without the freeze.
      if (isApproval && this.#thaws) await this.#lift({ continue: true });
    } catch {
      // A question whose execution has ended is asked again after the redrive; of a failed answer the person sees an error.
      this.#answered = "";
    }
  }

  async #goOn(): Promise<void> {
    const { stage, recoveryId, watch } = this.#options;
    const { status, error, cause } = this.execution;
    watch.checkFrozenIsKnown(`after ${status}`);
    if (this.redrives + this.resumes >= MOST_ATTEMPTS)
      throw new Error(`it still ends ${status} after ${MOST_ATTEMPTS} attempts: ${error} ${cause}`);
    await this.#untilTold();
    if (this.execution.status !== status) return;
    const last = look<{ lastError?: { name: string } }>(stage, recoveryId, "status")?.lastError?.name;
    const isThawed = look<ReadOnlyRecord>(stage, recoveryId, "read-only")?.state === "lifted";
    const isLost = last === "ReadOnlyLost" || `${error} ${cause}`.includes("ReadOnlyLost");
    // As the message says: a freeze that is gone is raised again first.
    if (isLost || (isThawed && look<Ended>(stage, recoveryId, "ended")?.lifted)) await this.#freezeAgain();
    if (this.#resumes && look(stage, recoveryId, "recovery") !== undefined) this.#resume();
    else await this.#redrive();
  }

  /** People act when they are told: of every end, and truly. */
  async #untilTold(): Promise<void> {
    const { stage, recoveryId, guards } = this.#options;
    const { arn, redriveCount, name } = this.execution;
    for (const deadline = Date.now() + TELL_WITHIN_MS; this.execution.status !== "RUNNING"; await sleep(POLL_MS)) {
      const ended = look<Ended>(stage, recoveryId, "ended");
      const isThis = ended?.executionArn === arn && ended.redriveCount === redriveCount;
      const about = stage.aws.services.sns.messages
        .slice(this.#firstMessage)
        .filter(({ subject = "", message }) => message.includes(recoveryId) && /frozen|FROZEN|not begin/.test(subject));
      if (isThis && ended.notifiedAt !== undefined) {
        if (guards.up.length > 0 && !about.at(-1)?.subject?.includes("IS STILL FROZEN"))
          this.broken.push(`${guards.up.join(", ")} up, and people were told "${about.at(-1)?.subject}"`);
        return;
      }
      if (about.some(({ subject = "" }) => subject.includes(`${name} did not begin`))) return;
      if (Date.now() > deadline) {
        this.broken.push(`nobody was told of the end ${redriveCount} of ${name}`);
        return;
      }
    }
  }

  async #freezeAgain(): Promise<void> {
    const { stage, recoveryId } = this.#options;
    for (let tries = 0; tries < 40; tries += 1) {
      try {
        await stage.call("backstitch-activate-read-only", { recoveryId, table: ORDERS_TABLE });
        return;
      } catch {
        // "Call … once more": it is raised, and its proof takes a while.
        await sleep(50);
      }
    }
  }

  async #lift(how: object): Promise<void> {
    const { stage, recoveryId } = this.#options;
    await stage.call("backstitch-lift-read-only", { recoveryId, table: ORDERS_TABLE, ...how }).catch(() => undefined);
  }

  async #redrive(): Promise<void> {
    this.redrives += 1;
    const { sfn } = this.#options.stage;
    await sfn.send(new RedriveExecutionCommand({ executionArn: this.execution.arn })).catch((error) => {
      // Redriven by the fault that stopped it.
      if (!(error instanceof Error && error.name === "ExecutionNotRedrivable")) throw error;
    });
  }

  #resume(): void {
    this.resumes += 1;
    const { recoveryId } = this.#options;
    this.#start(`${recoveryId}-again-${this.resumes}`, { resume: recoveryId });
  }

  async #standing(): Promise<string> {
    const { stage } = this.#options;
    return `${this.execution.status} in ${(await stage.stateNames(this.execution.arn)).at(-1)}`;
  }

  /** Gives the table free for the next run, whatever became of this one. */
  async end(): Promise<void> {
    const { stage, recoveryId } = this.#options;
    if (this.#execution?.status === "RUNNING") stage.aws.services.stepFunctions.stopExecution(this.#execution.arn);
    if (this.#execution?.status === "SUCCEEDED") return;
    await this.#lift({});
    await stage.answer({ recoveryId, answer: "abandon", by: "on-call" }).catch(() => undefined);
  }
}
