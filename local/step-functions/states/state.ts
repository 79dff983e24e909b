import type { Flow } from "../definition.ts";
import type { Fields, Findings } from "../fields.ts";
import type { Extra, Frame } from "../frame.ts";
import type { StateTypeName } from "../history.ts";
import { isJsonObject, type Json, type JsonObject, withinDataLimit } from "../json.ts";
import type { Template } from "../jsonata-expressions.ts";

/** How a state ends: `next` undefined ends its flow. */
export interface Transition {
  readonly next: string | undefined;
  readonly output: Json;
  readonly assign: JsonObject | undefined;
}

/** What all state types have in common; a subclass parses its own fields and runs. */
export abstract class State {
  readonly name: string;
  abstract readonly type: StateTypeName;
  readonly output: Template | undefined;
  readonly assign: Template | undefined;
  readonly findings: Findings;
  /** Flows inside this state. */
  readonly flows: readonly Flow[] = [];
  /** A Distributed Map can read no variables, nor can its children read outer ones. */
  readonly seesNoVariables: boolean = false;
  /** The name of a Distributed Map's runs. */
  readonly label: string | undefined = undefined;
  /** Whether a redrive goes on inside the state instead of entering it again. */
  readonly resumable: boolean = false;

  constructor(name: string, fields: Fields, has: { readonly output: boolean; readonly assign: boolean }) {
    this.name = name;
    this.output = has.output ? fields.template("Output") : undefined;
    this.assign = has.assign ? fields.assign() : undefined;
    this.findings = fields.findings;
  }

  abstract run(frame: Frame): Promise<Transition>;

  /** Evaluates Output and Assign, both with the variables as they were; without Output the `fallback` goes on. */
  protected async complete(frame: Frame, next: string | undefined, fallback: Json, extra?: Extra): Promise<Transition> {
    const output = this.output ? await frame.evaluate(this.output, extra) : fallback;
    const assign = await assignments(this.assign, frame, extra);
    return { next, output: withinDataLimit(output, this.name, "an output"), assign };
  }
}

/** Next or End, of which a state has exactly one; End is undefined. */
export function parseNext(fields: Fields): string | undefined {
  const end = fields.raw("End");
  if (end !== undefined && end !== true) throw fields.wrong("End", "must be true where it is given");
  const next = fields.target("Next");
  if (next === undefined && end === undefined) throw fields.wrong("Next", "is missing; there is no 'End' either");
  if (next !== undefined && end !== undefined) throw fields.wrong("End", "cannot stand beside 'Next'");
  return next;
}

export async function assignments(template: Template | undefined, frame: Frame, extra?: Extra) {
  if (!template) return undefined;
  const values = await frame.evaluate(template, extra);
  return isJsonObject(values) ? values : undefined;
}
