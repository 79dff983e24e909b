import { DATA_LIMIT_EXCEEDED, StateFailure } from "./errors.ts";
import { byteLength, type Json, type JsonObject, MAX_DATA_BYTES } from "./json.ts";

/** The variables of one flow; a Parallel branch or an inline iteration may read those of the flow around it. */
export class Scope {
  readonly #outer: Scope | undefined;
  readonly #own = new Map<string, Json>();

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  /** Every visible variable; inner names never hide outer ones, the definition is refused otherwise. */
  visible(): Record<string, Json> {
    const variables = this.#outer?.visible() ?? {};
    for (const [name, value] of this.#own) variables[name] = value;
    return variables;
  }

  /** Sets all variables of one Assign at once. */
  assign(values: JsonObject, stateName: string): void {
    // AWS: 256 KiB each, and 256 KiB for all of one Assign field together; the sum is the stricter of the two.
    const bytes = Object.values(values).reduce<number>((sum, value) => sum + byteLength(value), 0);
    if (bytes > MAX_DATA_BYTES) {
      throw new StateFailure(
        DATA_LIMIT_EXCEEDED,
        `The state '${stateName}' assigns variables of ${bytes} bytes, over the maximum of ${MAX_DATA_BYTES} bytes.`,
      );
    }
    for (const [name, value] of Object.entries(values)) this.#own.set(name, value);
  }
}
