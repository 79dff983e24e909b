import { QUERY_EVALUATION_ERROR, StateFailure } from "../errors.ts";
import { type Fields, wholeNumber } from "../fields.ts";
import type { Frame } from "../frame.ts";
import type { Template } from "../jsonata-expressions.ts";
import { parseNext, State, type Transition } from "./state.ts";

/** Waits so many seconds or until a time, scaled by the conditions; redriven, a time that has passed is not waited for. */
export class WaitState extends State {
  override readonly type = "Wait";
  override readonly resumable = true;
  readonly #seconds: Template | undefined;
  readonly #timestamp: Template | undefined;
  readonly #next: string | undefined;

  constructor(name: string, fields: Fields) {
    super(name, fields, { output: true, assign: true });
    this.#next = parseNext(fields);
    this.#seconds = fields.template("Seconds", wholeNumber(0));
    this.#timestamp = fields.template("Timestamp", (constant) =>
      typeof constant === "string" && timeOf(constant) !== undefined ? undefined : "must be an ISO 8601 time with zone",
    );
    if ((this.#seconds === undefined) === (this.#timestamp === undefined)) {
      throw fields.wrong("Seconds", "or 'Timestamp' must be given, and only one of them");
    }
  }

  override async run(frame: Frame): Promise<Transition> {
    const milliseconds = await this.#milliseconds(frame);
    if (milliseconds > 0) {
      await frame.clock.sleep(milliseconds * frame.execution.engine.dependencies.conditions.waitScale, frame.signal);
    }
    return this.complete(frame, this.#next, frame.input);
  }

  async #milliseconds(frame: Frame): Promise<number> {
    if (this.#seconds) {
      const seconds = await frame.evaluate(this.#seconds);
      if (typeof seconds === "number" && seconds >= 0) return seconds * 1000;
      throw this.#wrong("Seconds", "a number of seconds", seconds);
    }
    const timestamp = this.#timestamp ? await frame.evaluate(this.#timestamp) : null;
    const time = typeof timestamp === "string" ? timeOf(timestamp) : undefined;
    if (time === undefined) throw this.#wrong("Timestamp", "an ISO 8601 time with zone", timestamp);
    return time - frame.clock.now();
  }

  #wrong(field: string, what: string, value: unknown): StateFailure {
    const reason = `The field '${field}' of '${this.name}' must evaluate to ${what}, not ${JSON.stringify(value)}.`;
    return new StateFailure(QUERY_EVALUATION_ERROR, reason);
  }
}

function timeOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
