import type { Fields } from "../fields.ts";
import type { Frame } from "../frame.ts";
import { State, type Transition } from "./state.ts";

/** Ends its flow well. */
export class SucceedState extends State {
  override readonly type = "Succeed";

  constructor(name: string, fields: Fields) {
    super(name, fields, { output: true, assign: false });
  }

  override run(frame: Frame): Promise<Transition> {
    return this.complete(frame, undefined, frame.input);
  }
}
