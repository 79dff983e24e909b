import type { Fields } from "../fields.ts";
import type { Frame } from "../frame.ts";
import { parseNext, State, type Transition } from "./state.ts";

/** Passes its input on, or the Output made from it. */
export class PassState extends State {
  override readonly type = "Pass";
  readonly #next: string | undefined;

  constructor(name: string, fields: Fields) {
    super(name, fields, { output: true, assign: true });
    this.#next = parseNext(fields);
  }

  override run(frame: Frame): Promise<Transition> {
    return this.complete(frame, this.#next, frame.input);
  }
}
