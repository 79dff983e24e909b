import { QUERY_EVALUATION_ERROR, StateFailure } from "../errors.ts";
import type { Frame } from "../frame.ts";
import type { Json } from "../json.ts";
import type { Template } from "../jsonata-expressions.ts";

/** The value of a field that must be a number within these bounds, or undefined where it is not given. */
export async function numberOf(
  frame: Frame,
  field: string,
  template: Template | undefined,
  bounds: { readonly min: number; readonly max?: number },
): Promise<number | undefined> {
  if (!template) return undefined;
  const value = await frame.evaluate(template);
  const max = bounds.max ?? Number.POSITIVE_INFINITY;
  if (typeof value === "number" && value >= bounds.min && value <= max) return value;
  throw wrongValue(frame, field, `a number of at least ${bounds.min}`, value);
}

/** The items of a Map: what Items evaluates to, else the state's input. */
export async function itemsOf(frame: Frame, template: Template | undefined): Promise<readonly Json[]> {
  const items = template ? await frame.evaluate(template) : frame.input;
  if (Array.isArray(items)) return items;
  throw wrongValue(frame, "Items", "an array", items);
}

function wrongValue(frame: Frame, field: string, what: string, value: Json): StateFailure {
  const got = JSON.stringify(value).slice(0, 200);
  const reason = `The field '${field}' of '${frame.position.stateName}' must evaluate to ${what}, not ${got}.`;
  return new StateFailure(QUERY_EVALUATION_ERROR, reason);
}
