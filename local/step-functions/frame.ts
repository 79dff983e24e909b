import type { Clock } from "./clock.ts";
import type { Flow } from "./definition.ts";
import type { Execution } from "./execution.ts";
import type { EventDetails, HistoryEventType } from "./history.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Template } from "./jsonata-expressions.ts";
import type { MapRun } from "./map-runs.ts";
import { Scope } from "./scope.ts";

/** Where a flow stands. It stays in place when the state fails or is stopped: a redrive goes on from here. */
export interface Position {
  readonly stateName: string;
  readonly input: Json;
  enteredTime: string | undefined;
  retryCount: number;
  /** The branches or inline iterations begun by the state: a redrive keeps those that are finished. */
  branches: FlowRun[] | undefined;
  /** The Map Run begun by the state: a redrive takes it up again. */
  mapRun: MapRun | undefined;
}

/** One run through a flow: its variables, its place and in the end its output. */
export interface FlowRun {
  readonly flow: Flow;
  readonly scope: Scope;
  /** `$states.context.Map` of an inline iteration. */
  readonly map: JsonObject | undefined;
  position: Position | undefined;
  output: Json;
  /** The event that the next one of this run follows. */
  lastEventId: number;
}

export function newPosition(stateName: string, input: Json): Position {
  return { stateName, input, enteredTime: undefined, retryCount: 0, branches: undefined, mapRun: undefined };
}

export function newFlowRun(
  flow: Flow,
  input: Json,
  from?: { scope?: Scope; map?: JsonObject; after?: number },
): FlowRun {
  return {
    flow,
    scope: new Scope(from?.scope),
    map: from?.map,
    position: newPosition(flow.startAt, input),
    output: null,
    lastEventId: from?.after ?? 0,
  };
}

/** What an expression may read beside the input and the variables. */
export interface Extra {
  readonly result?: Json;
  readonly errorOutput?: Json;
  readonly token?: string | undefined;
  readonly mapItem?: JsonObject;
}

export type RunFlow = (execution: Execution, run: FlowRun, signal: AbortSignal) => Promise<Json>;

/** One visit of one state: what the state type needs to do its work. */
export class Frame {
  readonly execution: Execution;
  readonly run: FlowRun;
  readonly position: Position;
  readonly signal: AbortSignal;
  readonly #runFlow: RunFlow;

  constructor(execution: Execution, run: FlowRun, position: Position, signal: AbortSignal, runFlow: RunFlow) {
    this.execution = execution;
    this.run = run;
    this.position = position;
    this.signal = signal;
    this.#runFlow = runFlow;
  }

  get input(): Json {
    return this.position.input;
  }

  get clock(): Clock {
    return this.execution.engine.clock;
  }

  evaluate(template: Template, extra: Extra = {}): Promise<Json> {
    if (template.constant !== undefined) return Promise.resolve(template.constant);
    const states: Record<string, unknown> = { input: this.position.input, context: this.#context(extra) };
    if (extra.result !== undefined) states.result = extra.result;
    if (extra.errorOutput !== undefined) states.errorOutput = extra.errorOutput;
    return template.evaluate({ ...this.execution.engine.functions, ...this.run.scope.visible(), states });
  }

  /** Adds an event to the history; a state that was stopped meanwhile ends here, before it can tell of anything. */
  record(type: HistoryEventType, details?: EventDetails): void {
    this.signal.throwIfAborted();
    this.run.lastEventId = this.execution.history.add(type, this.run.lastEventId, details);
  }

  runFlow(run: FlowRun, signal: AbortSignal): Promise<Json> {
    return this.#runFlow(this.execution, run, signal);
  }

  #context(extra: Extra): JsonObject {
    const { position } = this;
    const map = extra.mapItem ? { Item: extra.mapItem } : this.run.map;
    return {
      ...this.execution.context(),
      State: {
        EnteredTime: position.enteredTime ?? "",
        Name: position.stateName,
        RetryCount: position.retryCount,
      },
      ...(extra.token === undefined ? {} : { Task: { Token: extra.token } }),
      ...(map ? { Map: map } : {}),
    };
  }
}
