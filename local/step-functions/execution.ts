import { randomUUID } from "node:crypto";
import type { Caller } from "../service.ts";
import type { Flow } from "./definition.ts";
import type { Engine } from "./engine.ts";
import { asStateFailure, StoppedError, TIMEOUT } from "./errors.ts";
import { runFlow } from "./flow-run.ts";
import { type FlowRun, newFlowRun } from "./frame.ts";
import { History } from "./history.ts";
import type { Json, JsonObject } from "./json.ts";
import type { MapRun } from "./map-runs.ts";
import type { StateMachine } from "./state-machine.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

export interface ExecutionOptions {
  readonly machine: StateMachine;
  readonly name: string;
  readonly input: Json;
  /** The input as the caller wrote it: a second start with the same name must have the same. */
  readonly inputText: string;
  readonly flow: Flow;
  readonly timeoutSeconds: number | undefined;
  /** For a child of a Distributed Map. */
  readonly parent?: { readonly execution: Execution; readonly mapRun: MapRun };
}

/** One execution, a child of a Distributed Map included, over all its redrives. */
export class Execution {
  readonly arn: string;
  readonly engine: Engine;
  readonly options: ExecutionOptions;
  readonly history: History;
  readonly startDate: number;
  readonly roleArn: string;
  status: ExecutionStatus = "RUNNING";
  stopDate: number | undefined;
  output: Json = null;
  error: string | undefined;
  cause: string | undefined;
  redriveCount = 0;
  redriveDate: number | undefined;
  /** Resolves when the execution ends, each time that it does. */
  closed: Promise<void>;
  readonly #run: FlowRun;
  readonly #sessionName = randomUUID();
  #caller: Caller | undefined;
  #stop = new AbortController();
  #settled: Promise<void> = Promise.resolve();
  #onClosed: () => void = () => undefined;

  constructor(engine: Engine, options: ExecutionOptions) {
    this.engine = engine;
    this.options = options;
    this.startDate = engine.clock.now();
    this.roleArn = options.machine.roleArn;
    this.arn = this.arnOf("execution", `${this.machineName}${this.#labelSuffix}:${options.name}`);
    this.history = new History(engine.clock.now, (event) => engine.logged(this, event));
    this.#run = newFlowRun(options.flow, options.input);
    this.closed = this.#untilClosed();
  }

  get name(): string {
    return this.options.name;
  }

  get machineName(): string {
    return this.options.machine.name;
  }

  get mapRun(): MapRun | undefined {
    return this.options.parent?.mapRun;
  }

  /** ARN of the state machine proper: what permissions are about. */
  get stateMachineArn(): string {
    return this.options.machine.arn;
  }

  /** What DescribeExecution and events tell as the state machine: for a child with the label of its map. */
  get shownStateMachineArn(): string {
    return `${this.stateMachineArn}${this.#labelSuffix}`;
  }

  get #labelSuffix(): string {
    return this.mapRun ? `/${this.mapRun.label}` : "";
  }

  arnOf(kind: "execution" | "mapRun", rest: string): string {
    const { region, accountId } = this.engine.dependencies;
    return `arn:aws:states:${region}:${accountId}:${kind}:${rest}`;
  }

  /** The session of the machine's role that this execution acts as; children share their parent's. */
  caller(): Caller {
    if (this.options.parent) return this.options.parent.execution.caller();
    if (!this.#caller) {
      const { sessions } = this.engine.dependencies;
      const keys = sessions.assumeRoleAsService(this.roleArn, "states.amazonaws.com", this.#sessionName);
      this.#caller = sessions.callerOf(keys.accessKeyId);
    }
    return this.#caller;
  }

  /** `$states.context` without what belongs to one state. */
  context(): JsonObject {
    const redriven = this.redriveDate === undefined ? {} : { RedriveTime: new Date(this.redriveDate).toISOString() };
    return {
      Execution: {
        Id: this.arn,
        Input: this.options.input,
        Name: this.name,
        RoleArn: this.roleArn,
        StartTime: new Date(this.startDate).toISOString(),
        RedriveCount: this.redriveCount,
        ...redriven,
      },
      StateMachine: { Id: this.shownStateMachineArn, Name: `${this.machineName}${this.#labelSuffix}` },
    };
  }

  start(): void {
    this.#run.lastEventId = this.history.add("ExecutionStarted", 0, {
      executionStartedEventDetails: { ...this.history.data({ input: this.options.input }), roleArn: this.roleArn },
    });
    this.engine.statusChanged(this);
    this.#settled = this.#attempt();
  }

  /** Ends the execution now, wherever it stands; what its functions still do is ignored. */
  stop(status: "ABORTED" | "TIMED_OUT", error?: string, cause?: string): void {
    if (this.status !== "RUNNING") return;
    this.#close(status, { error, cause });
    this.#stop.abort(new StoppedError(`The execution is ${status}.`));
  }

  /** Goes on from where the execution failed or was stopped. */
  redrive(): void {
    const settled = this.#settled;
    this.status = "RUNNING";
    this.redriveCount += 1;
    this.redriveDate = this.engine.clock.now();
    this.stopDate = undefined;
    this.error = undefined;
    this.cause = undefined;
    this.#caller = undefined;
    this.#stop = new AbortController();
    this.closed = this.#untilClosed();
    this.#run.lastEventId = this.history.add("ExecutionRedriven", this.history.events.length, {
      executionRedrivenEventDetails: { redriveCount: this.redriveCount },
    });
    this.engine.statusChanged(this);
    // The stopped attempt may still be on its way out; two must never walk through one run.
    this.#settled = settled.then(() => this.#attempt());
  }

  /** What stands in a Map's result for a child that failed within the tolerance. */
  summary(): JsonObject {
    return {
      ExecutionArn: this.arn,
      Name: this.name,
      StateMachineArn: this.shownStateMachineArn,
      Status: this.status,
      Input: this.options.inputText,
      InputDetails: { Included: true },
      StartDate: new Date(this.startDate).toISOString(),
      StopDate: new Date(this.stopDate ?? this.startDate).toISOString(),
      ...(this.error === undefined ? {} : { Error: this.error }),
      ...(this.cause === undefined ? {} : { Cause: this.cause }),
    };
  }

  async #attempt(): Promise<void> {
    const { signal } = this.#stop;
    const endTimeout = this.#beginTimeout();
    try {
      // Fails here, not in the middle, when Step Functions may not assume the machine's role.
      this.caller();
      const output = await runFlow(this, this.#run, signal);
      if (signal.aborted) return;
      this.output = output;
      this.#close("SUCCEEDED", {});
    } catch (error) {
      if (signal.aborted) return;
      const failure = asStateFailure(error);
      this.#close("FAILED", { error: failure.error, cause: failure.reason });
    } finally {
      endTimeout();
    }
  }

  #beginTimeout(): () => void {
    const { timeoutSeconds } = this.options;
    if (timeoutSeconds === undefined) return () => undefined;
    const ended = new AbortController();
    this.engine.clock.sleep(timeoutSeconds * 1000, ended.signal).then(
      () => this.stop("TIMED_OUT", TIMEOUT, `The execution ran longer than ${timeoutSeconds} seconds.`),
      () => undefined,
    );
    return () => ended.abort(new StoppedError("The execution has ended."));
  }

  #close(
    status: Exclude<ExecutionStatus, "RUNNING">,
    failure: { error?: string | undefined; cause?: string | undefined },
  ) {
    this.status = status;
    this.stopDate = this.engine.clock.now();
    this.error = failure.error;
    this.cause = failure.cause;
    const details = {
      ...(failure.error === undefined ? {} : { error: failure.error }),
      ...(failure.cause === undefined ? {} : { cause: failure.cause }),
    };
    const event = ({ SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut", ABORTED: "Aborted" } as const)[
      status
    ];
    this.history.add(`Execution${event}`, this.#run.lastEventId, {
      [`execution${event}EventDetails`]: status === "SUCCEEDED" ? this.history.data({ output: this.output }) : details,
    });
    this.engine.statusChanged(this);
    this.#onClosed();
  }

  #untilClosed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }
}
