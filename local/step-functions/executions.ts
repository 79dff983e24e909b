import { randomUUID } from "node:crypto";
import { AwsError } from "../service.ts";
import type { Engine } from "./engine.ts";
import { Execution } from "./execution.ts";
import { MAX_HISTORY_EVENTS } from "./history.ts";
import { type Json, MAX_DATA_BYTES } from "./json.ts";
import { checkName, type StateMachines } from "./state-machines.ts";

const DAY_MS = 86_400_000;
/** "You can redrive executions … that didn't complete successfully in the last 14 days." */
const REDRIVABLE_MS = 14 * DAY_MS;
/** "StartExecution … the name must be unique for 90 days." */
const NAME_KEPT_MS = 90 * DAY_MS;

export type RedriveStatus = "REDRIVABLE" | "NOT_REDRIVABLE" | "REDRIVABLE_BY_MAP_RUN";

/** Starts, finds, stops and redrives executions. */
export class Executions {
  readonly #engine: Engine;
  readonly #machines: StateMachines;
  readonly #redriveTokens = new Map<string, number>();

  constructor(engine: Engine, machines: StateMachines) {
    this.#engine = engine;
    this.#machines = machines;
  }

  start(stateMachineArn: string, name: string = randomUUID(), inputText = "{}"): Execution {
    checkName(name);
    const record = this.#machines.find(stateMachineArn);
    const input = parseInput(inputText);
    const earlier = record.executions.get(name);
    if (earlier) {
      if (earlier.status === "RUNNING" && earlier.options.inputText === inputText) return earlier;
      const isKept = this.#engine.clock.now() - (earlier.stopDate ?? Number.POSITIVE_INFINITY) < NAME_KEPT_MS;
      if (earlier.status === "RUNNING" || isKept) {
        throw new AwsError("ExecutionAlreadyExists", `Execution Already Exists: '${earlier.arn}'`);
      }
    }
    const machine = record.current;
    const { timeoutSeconds } = machine.machine;
    const execution = new Execution(this.#engine, {
      machine,
      name,
      input,
      inputText,
      flow: machine.machine,
      timeoutSeconds,
    });
    record.executions.set(name, execution);
    this.#engine.executions.set(execution.arn, execution);
    execution.start();
    return execution;
  }

  find(arn: string): Execution {
    if (!/^arn:aws[\w-]*:states:[\w-]+:\d{12}:execution:[^:]+:[^:]+$/.test(arn)) {
      throw new AwsError("InvalidArn", `Invalid Arn: 'Invalid ARN: ${arn}'`);
    }
    const execution = this.#engine.executions.get(arn);
    if (!execution) throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  stop(arn: string, error?: string, cause?: string): Execution {
    const execution = this.find(arn);
    execution.stop("ABORTED", error, cause);
    return execution;
  }

  /** Whether an execution can go on from where it failed, and if not why. */
  redriveStatus(execution: Execution): { status: RedriveStatus; reason: string | undefined } {
    const not = (reason: string) => ({ status: "NOT_REDRIVABLE" as const, reason });
    if (execution.status === "RUNNING") return not("Execution is RUNNING and cannot be redriven");
    if (execution.status === "SUCCEEDED") return not("Execution is SUCCEEDED and cannot be redriven");
    if (this.#engine.clock.now() - (execution.stopDate ?? 0) > REDRIVABLE_MS) {
      return not("Execution has exceeded the redrivable period of 14 days");
    }
    // Room for the redrive itself and one more event.
    if (execution.history.events.length >= MAX_HISTORY_EVENTS - 1) {
      return not("Execution has exceeded the maximum number of history events");
    }
    if (execution.mapRun) return { status: "REDRIVABLE_BY_MAP_RUN", reason: undefined };
    return { status: "REDRIVABLE", reason: undefined };
  }

  /** Redrives an execution and answers when; the same client token again does nothing. */
  redrive(arn: string, clientToken?: string): number {
    const execution = this.find(arn);
    const key = `${arn} ${clientToken}`;
    const earlier = clientToken === undefined ? undefined : this.#redriveTokens.get(key);
    if (earlier !== undefined) return earlier;
    const { status, reason } = this.redriveStatus(execution);
    if (status !== "REDRIVABLE") {
      const why = reason ?? "Execution belongs to a Map Run and is redriven with its parent execution";
      throw new AwsError("ExecutionNotRedrivable", `Execution Not Redrivable: '${why}'`);
    }
    execution.redrive();
    const redriveDate = execution.redriveDate ?? this.#engine.clock.now();
    if (clientToken !== undefined) this.#redriveTokens.set(key, redriveDate);
    return redriveDate;
  }
}

function parseInput(text: string): Json {
  if (Buffer.byteLength(text) > MAX_DATA_BYTES) {
    throw new AwsError(
      "InvalidExecutionInput",
      `Invalid State Machine Execution Input: 'over ${MAX_DATA_BYTES} bytes'`,
    );
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const reason = (error as Error).message;
    throw new AwsError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${reason}'`);
  }
}
