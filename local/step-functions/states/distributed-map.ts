import { createHash, randomUUID } from "node:crypto";
import type { Flow } from "../definition.ts";
import { asStateFailure, StateFailure, StoppedError, TOLERATED_FAILURES_EXCEEDED } from "../errors.ts";
import type { Execution } from "../execution.ts";
import { type Fields, wholeNumber } from "../fields.ts";
import type { Frame } from "../frame.ts";
import { type ItemReader, parseItemReader, readItems } from "../item-reader.ts";
import { type Json, withinDataLimit } from "../json.ts";
import type { Template } from "../jsonata-expressions.ts";
import { MapRun } from "../map-runs.ts";
import { type Catcher, parseCatch, parseRetry, type Retrier, withRetryAndCatch } from "../retry.ts";
import { dispatch } from "./dispatch.ts";
import { itemsOf, numberOf } from "./map-fields.ts";
import { parseNext, State, type Transition } from "./state.ts";

/** "Step Functions can run up to 10,000 parallel child workflow executions", also where MaxConcurrency is 0 or absent. */
const MAX_DISTRIBUTED_CONCURRENCY = 10_000;
/** "Label: at most 40 characters." */
const MAX_LABEL = 40;

/** Runs its processor for every item as an execution of its own, counted by a Map Run. */
export class DistributedMapState extends State {
  override readonly type = "Map";
  override readonly resumable = true;
  override readonly seesNoVariables = true;
  override readonly flows: readonly Flow[];
  override readonly label: string;
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
  readonly #flow: Flow;
  readonly #items: Template | undefined;
  readonly #itemReader: ItemReader | undefined;
  readonly #itemSelector: Template | undefined;
  readonly #maxConcurrency: Template | undefined;
  readonly #toleratedFailureCount: Template | undefined;
  readonly #toleratedFailurePercentage: Template | undefined;
  readonly #next: string | undefined;

  constructor(name: string, fields: Fields, flow: Flow) {
    super(name, fields, { output: true, assign: true });
    this.#next = parseNext(fields);
    this.#flow = flow;
    this.flows = [flow];
    this.label = parseLabel(name, fields);
    this.retriers = parseRetry(fields);
    this.catchers = parseCatch(fields);
    this.#items = fields.template("Items", (constant) => (Array.isArray(constant) ? undefined : "must be an array"));
    this.#itemReader = parseItemReader(fields);
    if (this.#items && this.#itemReader) throw fields.wrong("Items", "cannot stand beside 'ItemReader'");
    this.#itemSelector = fields.template("ItemSelector");
    this.#maxConcurrency = fields.template("MaxConcurrency", wholeNumber(0));
    this.#toleratedFailureCount = fields.template("ToleratedFailureCount", wholeNumber(0));
    this.#toleratedFailurePercentage = fields.template("ToleratedFailurePercentage", (constant) =>
      typeof constant === "number" && constant >= 0 && constant <= 100 ? undefined : "must be a number from 0 to 100",
    );
  }

  override run(frame: Frame): Promise<Transition> {
    return withRetryAndCatch(this, frame, async () => {
      const mapRun = await this.#mapRun(frame);
      try {
        const result = await this.#runChildren(frame, mapRun);
        withinDataLimit(result, this.name, "a result");
        mapRun.end("SUCCEEDED", frame.clock.now());
        frame.record("MapRunSucceeded");
        return await this.complete(frame, this.#next, result, { result });
      } catch (error) {
        this.#endBadly(frame, mapRun, error);
        throw error;
      }
    });
  }

  /** The Map Run of this state: a new one, or after a redrive the one that was begun. */
  async #mapRun(frame: Frame): Promise<MapRun> {
    const { execution, position } = frame;
    if (position.mapRun) {
      position.mapRun.redrive(frame.clock.now());
      const { arn: mapRunArn, redriveCount } = position.mapRun;
      frame.record("MapRunRedriven", { mapRunRedrivenEventDetails: { mapRunArn, redriveCount } });
      return position.mapRun;
    }
    const limits = {
      maxConcurrency: (await numberOf(frame, "MaxConcurrency", this.#maxConcurrency, { min: 0 })) ?? 0,
      toleratedFailureCount: await numberOf(frame, "ToleratedFailureCount", this.#toleratedFailureCount, { min: 0 }),
      toleratedFailurePercentage: await numberOf(
        frame,
        "ToleratedFailurePercentage",
        this.#toleratedFailurePercentage,
        { min: 0, max: 100 },
      ),
    };
    const items = this.#itemReader ? await readItems(this.#itemReader, frame) : await itemsOf(frame, this.#items);
    const mapRun = new MapRun({
      arn: execution.arnOf("mapRun", `${execution.machineName}/${this.label}:${randomUUID()}`),
      executionArn: execution.arn,
      label: this.label,
      limits,
      items,
      startDate: frame.clock.now(),
    });
    execution.engine.mapRuns.set(mapRun.arn, mapRun);
    frame.record("MapRunStarted", { mapRunStartedEventDetails: { mapRunArn: mapRun.arn } });
    position.mapRun = mapRun;
    return mapRun;
  }

  async #runChildren(frame: Frame, mapRun: MapRun): Promise<Json[]> {
    const { items, children, limits } = mapRun;
    const limit = Math.min(limits.maxConcurrency || MAX_DISTRIBUTED_CONCURRENCY, MAX_DISTRIBUTED_CONCURRENCY);
    const stop = new AbortController();
    const signal = AbortSignal.any([frame.signal, stop.signal]);
    const stopChildren = () => {
      for (const child of children) if (child?.status === "RUNNING") child.stop("ABORTED");
    };
    signal.addEventListener("abort", stopChildren, { once: true });
    let failures = 0;
    let failure: StateFailure | undefined;
    const end = (why: StateFailure) => {
      if (signal.aborted) return;
      failure = why;
      stop.abort(new StoppedError("The Map Run has ended."));
    };
    await dispatch(items.length, limit, signal, async (index) => {
      if (isDone(children[index])) return undefined;
      let child: Execution;
      try {
        child = await this.#begin(frame, mapRun, index, signal);
      } catch (error) {
        // The child could not be begun: a selector that fails, a role that may not start executions.
        end(asStateFailure(error));
        return undefined;
      }
      const ended = child.closed.then(() => {
        if (!isDone(child)) failures += 1;
        if (!mapRun.isOverTolerance(failures)) return;
        end(new StateFailure(TOLERATED_FAILURES_EXCEEDED, "The specified tolerated failure threshold was exceeded"));
      });
      return { ended };
    });
    frame.signal.throwIfAborted();
    if (failure) {
      // A redrive cannot mend what the Map's own fields did: it begins a new Map Run, as on AWS.
      if (failure.error !== TOLERATED_FAILURES_EXCEEDED) frame.position.mapRun = undefined;
      throw failure;
    }
    return children.map((child) => (child === undefined ? null : isDone(child) ? child.output : child.summary()));
  }

  /** Starts the child of an item, or redrives the one that did not succeed before. */
  async #begin(frame: Frame, mapRun: MapRun, index: number, signal: AbortSignal): Promise<Execution> {
    const { engine } = frame.execution;
    const earlier = mapRun.children[index];
    if (earlier) {
      engine.authorizeAsRole(frame.execution, "states:RedriveExecution", earlier.arn);
      mapRun.awaitingRedrive.delete(index);
      earlier.redrive();
      return earlier;
    }
    const item = mapRun.items[index] ?? null;
    const mapItem = { Index: index, Value: item };
    const input = this.#itemSelector ? await frame.evaluate(this.#itemSelector, { mapItem }) : item;
    signal.throwIfAborted();
    withinDataLimit(input, this.name, "an item");
    engine.authorizeAsRole(frame.execution, "states:StartExecution", frame.execution.stateMachineArn);
    const child = engine.startChild(frame.execution, mapRun, this.#flow, input);
    mapRun.children[index] = child;
    return child;
  }

  #endBadly(frame: Frame, mapRun: MapRun, error: unknown): void {
    if (mapRun.status !== "RUNNING") return;
    if (error instanceof StoppedError) {
      mapRun.end("ABORTED", frame.clock.now());
      return;
    }
    const failure = asStateFailure(error);
    mapRun.end("FAILED", frame.clock.now());
    const details = { error: failure.error ?? "", cause: failure.reason ?? "" };
    frame.record("MapRunFailed", { mapRunFailedEventDetails: details });
  }
}

function isDone(child: Execution | undefined): boolean {
  return child?.status === "SUCCEEDED";
}

/** The given Label, or one made from the state's name; AWS makes one up at random. */
function parseLabel(name: string, fields: Fields): string {
  const label = fields.string("Label");
  if (label === undefined) {
    return /^[\w-]{1,40}$/.test(name) ? name : createHash("sha256").update(name).digest("hex").slice(0, MAX_LABEL);
  }
  if (label.length > MAX_LABEL || /[\s?*<>{}[\]:;,\\|^~$#%&`"/]/.test(label)) {
    throw fields.wrong("Label", `'${label}' must have at most ${MAX_LABEL} characters, none of them special`);
  }
  return label;
}
