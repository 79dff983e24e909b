import { randomUUID } from "node:crypto";
import type { Conditions } from "../conditions.ts";
import type { Authorizer, Caller, Sessions } from "../service.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Flow } from "./definition.ts";
import { RUNTIME, StateFailure } from "./errors.ts";
import { Execution } from "./execution.ts";
import { type HistoryEvent, withoutExecutionData } from "./history.ts";
import type { Json } from "./json.ts";
import { jsonataFunctions } from "./jsonata-functions.ts";
import type { MapRun } from "./map-runs.ts";
import { type LogLevel, logGroupOf } from "./state-machine.ts";
import { TaskTokens } from "./task-tokens.ts";

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: string[];
}

/** What EventBridge gets when the status of an execution changes. */
export interface ExecutionStatusEvent {
  readonly source: "aws.states";
  readonly "detail-type": "Step Functions Execution Status Change";
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly resources: string[];
  readonly detail: Record<string, unknown>;
}

export interface StepFunctionsDependencies {
  readonly accountId: string;
  readonly region: string;
  readonly conditions: Conditions;
  readonly authorizer: Authorizer;
  readonly sessions: Sessions;
  /** Invokes a function as this caller; the callee authorizes lambda:InvokeFunction. */
  readonly invokeFunction: (
    functionArn: string,
    payload: unknown,
    caller: Caller,
    signal: AbortSignal,
  ) => Promise<{ payload: unknown } | { functionError: FunctionError }>;
  /** Reads an S3 object as this caller; the callee authorizes s3:GetObject. */
  readonly readObject: (bucket: string, key: string, caller: Caller) => Promise<Uint8Array>;
  readonly emitEvent: (event: ExecutionStatusEvent) => void;
  /** One line of an execution's log, for machines that log. */
  readonly log?: (group: string, line: Record<string, unknown>) => void;
  readonly now?: () => number;
  /** Instead of `now`: all of time, for tests that hold the clock. */
  readonly clock?: Clock;
}

export interface StateEntered {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateName: string;
  readonly redriveCount: number;
}

/** Event types that the log levels keep; ALL keeps everything. */
const KEPT: Readonly<Record<Exclude<LogLevel, "ALL">, RegExp>> = {
  ERROR: /Failed$|TimedOut$|Aborted$/,
  FATAL: /^Execution(Failed|TimedOut|Aborted)$/,
  OFF: /^$/,
};

/** What all executions share. */
export class Engine {
  readonly dependencies: StepFunctionsDependencies;
  readonly clock: Clock;
  readonly functions: Readonly<Record<string, unknown>>;
  readonly tokens: TaskTokens;
  /** By ARN, in the order in which they began. */
  readonly executions = new Map<string, Execution>();
  readonly mapRuns = new Map<string, MapRun>();
  readonly stateListeners = new Set<(entered: StateEntered) => void>();

  #isQuiet = false;

  constructor(dependencies: StepFunctionsDependencies) {
    this.dependencies = dependencies;
    this.clock = dependencies.clock ?? systemClock(dependencies.now);
    this.functions = jsonataFunctions(this.clock, () => dependencies.conditions.random());
    this.tokens = new TaskTokens(this.clock.now);
  }

  /** Begins an execution of an item of a Distributed Map. */
  startChild(parent: Execution, mapRun: MapRun, flow: Flow, input: Json): Execution {
    const child = new Execution(this, {
      machine: parent.options.machine,
      name: randomUUID(),
      input,
      inputText: JSON.stringify(input),
      flow,
      timeoutSeconds: undefined,
      parent: { execution: parent, mapRun },
    });
    this.executions.set(child.arn, child);
    child.start();
    return child;
  }

  /** Checks what an execution does by itself against the role of its machine. */
  authorizeAsRole(execution: Execution, action: string, resource: string): void {
    try {
      this.dependencies.authorizer.authorize({ caller: execution.caller(), action, resource });
    } catch (error) {
      throw new StateFailure(RUNTIME, error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  stateEntered(execution: Execution, stateName: string): void {
    for (const listener of this.stateListeners) {
      listener({
        executionArn: execution.arn,
        stateMachineArn: execution.shownStateMachineArn,
        stateName,
        redriveCount: execution.redriveCount,
      });
    }
  }

  /** Whoever would hear of it is being closed too. */
  goQuiet(): void {
    this.#isQuiet = true;
  }

  statusChanged(execution: Execution): void {
    if (this.#isQuiet) return;
    const { accountId, region, emitEvent } = this.dependencies;
    const isSuccess = execution.status === "SUCCEEDED";
    emitEvent({
      source: "aws.states",
      "detail-type": "Step Functions Execution Status Change",
      account: accountId,
      region,
      time: new Date(this.clock.now()).toISOString(),
      resources: [execution.arn],
      detail: {
        executionArn: execution.arn,
        stateMachineArn: execution.shownStateMachineArn,
        name: execution.name,
        status: execution.status,
        startDate: execution.startDate,
        stopDate: execution.stopDate ?? null,
        input: execution.options.inputText,
        output: isSuccess ? JSON.stringify(execution.output) : null,
        inputDetails: { included: true },
        outputDetails: isSuccess ? { included: true } : null,
        error: execution.error ?? null,
        cause: execution.cause ?? null,
        stateMachineVersionArn: null,
        stateMachineAliasArn: null,
        redriveCount: execution.redriveCount,
        redriveDate: execution.redriveDate ?? null,
      },
    });
  }

  /** Writes a history event to the machine's log group, if it has one. */
  logged(execution: Execution, event: HistoryEvent): void {
    if (this.#isQuiet) return;
    const { log } = this.dependencies;
    const { logging } = execution.options.machine;
    const level = logging.level ?? "OFF";
    const group = logGroupOf(logging);
    if (!log || group === undefined || (level !== "ALL" && !KEPT[level].test(event.type))) return;
    const details = logging.includeExecutionData ? event.details : withoutExecutionData(event.details);
    log(group, {
      id: String(event.id),
      type: event.type,
      details: Object.values(details)[0] ?? {},
      previous_event_id: String(event.previousEventId),
      event_timestamp: String(event.timestamp),
      execution_arn: execution.arn,
      redrive_count: String(execution.redriveCount),
    });
  }
}
