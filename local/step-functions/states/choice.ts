import { NO_CHOICE_MATCHED, QUERY_EVALUATION_ERROR, StateFailure } from "../errors.ts";
import type { Fields } from "../fields.ts";
import type { Frame } from "../frame.ts";
import { withinDataLimit } from "../json.ts";
import type { Template } from "../jsonata-expressions.ts";
import { assignments, State, type Transition } from "./state.ts";

interface Rule {
  readonly condition: Template;
  readonly next: string | undefined;
  readonly output: Template | undefined;
  readonly assign: Template | undefined;
}

/** Goes where the first true Condition says, else to Default; its own Output and Assign belong to Default. */
export class ChoiceState extends State {
  override readonly type = "Choice";
  readonly #rules: readonly Rule[];
  readonly #default: string | undefined;

  constructor(name: string, fields: Fields) {
    super(name, fields, { output: true, assign: true });
    this.#rules = (fields.list("Choices") ?? []).map((value, index) =>
      parseRule(fields.member(value, `Choices[${index}]`)),
    );
    if (this.#rules.length === 0) throw fields.wrong("Choices", "must hold at least one rule");
    this.#default = fields.target("Default");
  }

  override async run(frame: Frame): Promise<Transition> {
    for (const rule of this.#rules) {
      const holds = await frame.evaluate(rule.condition);
      if (typeof holds !== "boolean") {
        const reason = `A Condition of '${this.name}' must evaluate to a boolean, not ${JSON.stringify(holds)}.`;
        throw new StateFailure(QUERY_EVALUATION_ERROR, reason);
      }
      if (!holds) continue;
      const output = rule.output ? await frame.evaluate(rule.output) : frame.input;
      const assign = await assignments(rule.assign, frame);
      return { next: rule.next, output: withinDataLimit(output, this.name, "an output"), assign };
    }
    if (this.#default !== undefined) return this.complete(frame, this.#default, frame.input);
    throw new StateFailure(NO_CHOICE_MATCHED, `No rule of '${this.name}' matched, and it has no Default.`);
  }
}

function parseRule(fields: Fields): Rule {
  const condition = fields.template("Condition", (constant) =>
    typeof constant === "boolean" ? undefined : "must be a JSONata expression or a boolean",
  );
  if (!condition) throw fields.wrong("Condition", "is missing");
  fields.requiredString("Next");
  const rule = { condition, next: fields.target("Next"), output: fields.template("Output"), assign: fields.assign() };
  fields.finish();
  return rule;
}
