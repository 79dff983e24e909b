import type { Flow, ParseFlow } from "../definition.ts";
import type { Fields } from "../fields.ts";
import { type Frame, newFlowRun } from "../frame.ts";
import { withinDataLimit } from "../json.ts";
import type { Template } from "../jsonata-expressions.ts";
import { type Catcher, parseCatch, parseRetry, type Retrier, withRetryAndCatch } from "../retry.ts";
import { runBranches } from "./branches.ts";
import { recordFailure } from "./record-failure.ts";
import { parseNext, State, type Transition } from "./state.ts";

/** Runs its branches side by side; its result is the array of their outputs. */
export class ParallelState extends State {
  override readonly type = "Parallel";
  override readonly resumable = true;
  override readonly flows: readonly Flow[];
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
  readonly #arguments: Template | undefined;
  readonly #next: string | undefined;

  constructor(name: string, fields: Fields, parseFlow: ParseFlow) {
    super(name, fields, { output: true, assign: true });
    this.#next = parseNext(fields);
    this.#arguments = fields.template("Arguments");
    this.retriers = parseRetry(fields);
    this.catchers = parseCatch(fields);
    this.flows = (fields.list("Branches") ?? []).map((value, index) => {
      const branch = fields.separate(value, `Branches[${index}]`);
      const flow = parseFlow(branch);
      branch.finish();
      return flow;
    });
    if (this.flows.length === 0) throw fields.wrong("Branches", "must hold at least one branch");
  }

  override run(frame: Frame): Promise<Transition> {
    return withRetryAndCatch(this, frame, async () => {
      const result = await recordFailure(frame, "ParallelStateFailed", async () => {
        frame.position.branches ??= await this.#begin(frame);
        return runBranches(frame, frame.position.branches, frame.position.branches.length);
      });
      withinDataLimit(result, this.name, "a result");
      frame.record("ParallelStateSucceeded");
      return this.complete(frame, this.#next, result, { result });
    });
  }

  async #begin(frame: Frame) {
    const input = this.#arguments ? await frame.evaluate(this.#arguments) : frame.input;
    withinDataLimit(input, this.name, "Arguments");
    frame.record("ParallelStateStarted");
    const from = { scope: frame.run.scope, after: frame.run.lastEventId };
    return this.flows.map((flow) => newFlowRun(flow, input, frame.run.map ? { ...from, map: frame.run.map } : from));
  }
}
