import { QUERY_EVALUATION_ERROR, StateFailure } from "../errors.ts";
import type { Fields } from "../fields.ts";
import type { Frame } from "../frame.ts";
import type { Json } from "../json.ts";
import type { Template } from "../jsonata-expressions.ts";
import { State } from "./state.ts";

/** Ends the execution as failed; redriven it is entered again and fails again. */
export class FailState extends State {
  override readonly type = "Fail";
  readonly #error: Template | undefined;
  readonly #cause: Template | undefined;

  constructor(name: string, fields: Fields) {
    super(name, fields, { output: false, assign: false });
    this.#error = fields.template("Error", mustBeString);
    this.#cause = fields.template("Cause", mustBeString);
  }

  override async run(frame: Frame): Promise<never> {
    throw new StateFailure(
      await this.#text(frame, "Error", this.#error),
      await this.#text(frame, "Cause", this.#cause),
    );
  }

  async #text(frame: Frame, field: string, template: Template | undefined): Promise<string | undefined> {
    if (!template) return undefined;
    const value = await frame.evaluate(template);
    if (typeof value === "string") return value;
    throw new StateFailure(QUERY_EVALUATION_ERROR, `The field '${field}' of '${this.name}' must evaluate to a string.`);
  }
}

function mustBeString(value: Json): string | undefined {
  return typeof value === "string" ? undefined : "must be a string";
}
