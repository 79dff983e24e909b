import type { Flow } from "../definition.ts";
import { type Fields, wholeNumber } from "../fields.ts";
import { type FlowRun, type Frame, newFlowRun } from "../frame.ts";
import { withinDataLimit } from "../json.ts";
import type { Template } from "../jsonata-expressions.ts";
import { type Catcher, parseCatch, parseRetry, type Retrier, withRetryAndCatch } from "../retry.ts";
import { runBranches } from "./branches.ts";
import { itemsOf, numberOf } from "./map-fields.ts";
import { recordFailure } from "./record-failure.ts";
import { parseNext, State, type Transition } from "./state.ts";

/** "In Inline mode, the Map state supports up to 40 concurrent iterations." */
const MAX_INLINE_CONCURRENCY = 40;

/** Runs its processor for every item inside this execution, with a scope of its own for each. */
export class InlineMapState extends State {
  override readonly type = "Map";
  override readonly resumable = true;
  override readonly flows: readonly Flow[];
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
  readonly #flow: Flow;
  readonly #items: Template | undefined;
  readonly #itemSelector: Template | undefined;
  readonly #maxConcurrency: Template | undefined;
  readonly #next: string | undefined;

  constructor(name: string, fields: Fields, flow: Flow) {
    super(name, fields, { output: true, assign: true });
    this.#next = parseNext(fields);
    this.#flow = flow;
    this.flows = [flow];
    this.retriers = parseRetry(fields);
    this.catchers = parseCatch(fields);
    this.#items = fields.template("Items", (constant) => (Array.isArray(constant) ? undefined : "must be an array"));
    this.#itemSelector = fields.template("ItemSelector");
    this.#maxConcurrency = fields.template("MaxConcurrency", wholeNumber(0));
  }

  override run(frame: Frame): Promise<Transition> {
    return withRetryAndCatch(this, frame, async () => {
      const result = await recordFailure(frame, "MapStateFailed", () => this.#iterate(frame));
      withinDataLimit(result, this.name, "a result");
      frame.record("MapStateSucceeded");
      return this.complete(frame, this.#next, result, { result });
    });
  }

  async #iterate(frame: Frame) {
    const concurrency = (await numberOf(frame, "MaxConcurrency", this.#maxConcurrency, { min: 0 })) || Infinity;
    frame.position.branches ??= await this.#begin(frame);
    const record = (what: "Started" | "Succeeded" | "Failed" | "Aborted") => (index: number) =>
      frame.record(`MapIteration${what}`, { [`mapIteration${what}EventDetails`]: { name: this.name, index } });
    return runBranches(frame, frame.position.branches, Math.min(concurrency, MAX_INLINE_CONCURRENCY), {
      started: record("Started"),
      succeeded: record("Succeeded"),
      failed: record("Failed"),
      aborted: record("Aborted"),
    });
  }

  async #begin(frame: Frame): Promise<FlowRun[]> {
    const items = await itemsOf(frame, this.#items);
    frame.record("MapStateStarted", { mapStateStartedEventDetails: { length: items.length } });
    const runs: FlowRun[] = [];
    for (const [index, item] of items.entries()) {
      const mapItem = { Index: index, Value: item };
      const input = this.#itemSelector ? await frame.evaluate(this.#itemSelector, { mapItem }) : item;
      const from = { scope: frame.run.scope, map: { Item: mapItem }, after: frame.run.lastEventId };
      runs.push(newFlowRun(this.#flow, withinDataLimit(input, this.name, "an item"), from));
    }
    return runs;
  }
}
