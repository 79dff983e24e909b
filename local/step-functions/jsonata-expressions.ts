import jsonata from "jsonata";
import { QUERY_EVALUATION_ERROR, StateFailure } from "./errors.ts";
import { isJsonObject, type Json } from "./json.ts";
import { STEP_FUNCTIONS_ADDITIONS } from "./jsonata-functions.ts";

export type Bindings = Readonly<Record<string, unknown>>;

/** A field's value whose strings may be JSONata expressions, compiled once with its definition. */
export interface Template {
  /** The variables that its expressions read, without those that they bind themselves and without functions. */
  readonly variables: ReadonlySet<string>;
  /** The value itself where it holds no expression. */
  readonly constant: Json | undefined;
  evaluate(bindings: Bindings): Promise<Json>;
}

/** Thrown for an expression that does not compile; the caller says in which state and field. */
export class ExpressionError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ExpressionError";
  }
}

/** Names that a definition need not assign. */
const BUILT_IN = new Set<string>([
  ...STEP_FUNCTIONS_ADDITIONS,
  "states",
  ..."sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad".split(
    " ",
  ),
  ..."match contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round".split(
    " ",
  ),
  ..."abs sqrt power boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse".split(
    " ",
  ),
  ..."each error assert type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl".split(" "),
  ..."decodeUrlComponent decodeUrl toMillis fromMillis clone now millis".split(" "),
]);

/** Compiles a value, whole-string `{% … %}` being expressions; `field` is its path in the messages. */
export function compileTemplate(value: Json, field: string): Template {
  const variables = new Set<string>();
  const evaluate = compileNode(value, field, variables);
  if (!evaluate) return { variables, constant: value, evaluate: async () => value };
  return { variables, constant: undefined, evaluate };
}

type Evaluate = (bindings: Bindings) => Promise<Json>;

function compileNode(value: Json, field: string, variables: Set<string>): Evaluate | undefined {
  if (typeof value === "string") return compileString(value, field, variables);
  if (typeof value !== "object" || value === null) return undefined;
  const names: string[] = [];
  const nodes: { readonly value: Json; readonly evaluate: Evaluate | undefined }[] = [];
  for (const [name, member] of Object.entries(value)) {
    names.push(name);
    nodes.push({ value: member, evaluate: compileNode(member, `${field}/${name}`, variables) });
  }
  if (nodes.every((node) => !node.evaluate)) return undefined;
  const isArray = Array.isArray(value);
  return async (bindings) => {
    const values: Json[] = [];
    for (const node of nodes) values.push(node.evaluate ? await node.evaluate(bindings) : node.value);
    return isArray ? values : Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
  };
}

function compileString(text: string, field: string, variables: Set<string>): Evaluate | undefined {
  if (!text.startsWith("{%")) return undefined;
  if (!text.endsWith("%}") || text.length < 4) {
    throw new ExpressionError(`${field}: an expression must fill its whole string and end with '%}': ${text}`);
  }
  const source = text.slice(2, -2).trim();
  let expression: jsonata.Expression;
  try {
    expression = jsonata(source);
  } catch (error) {
    throw new ExpressionError(`${field}: ${messageOf(error)} in ${source}`, { cause: error });
  }
  for (const name of freeVariables(expression.ast())) {
    if (name === "eval") throw new ExpressionError(`${field}: Step Functions has no $eval: ${source}`);
    if (!BUILT_IN.has(name)) variables.add(name);
  }
  return async (bindings) => {
    let result: unknown;
    try {
      result = await expression.evaluate(undefined, bindings as Record<string, unknown>);
    } catch (error) {
      throw evaluationFailure(source, field, `threw an error: ${messageOf(error)}`, error);
    }
    if (result === undefined) throw evaluationFailure(source, field, "returned nothing (undefined).");
    return toJson(result, source, field);
  };
}

function evaluationFailure(source: string, field: string, what: string, cause?: unknown): StateFailure {
  const reason = `The JSONata expression '${source}' specified for the field '${field}' ${what}`;
  return new StateFailure(QUERY_EVALUATION_ERROR, reason, { cause });
}

/** A plain copy: JSONata's sequences carry hidden members, and its results share structure with their input. */
function toJson(value: unknown, source: string, field: string): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((member) => toJson(member, source, field));
  if (typeof value === "object" && !("_jsonata_lambda" in value) && !("_jsonata_function" in value)) {
    const copy: Record<string, Json> = {};
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) copy[name] = toJson(member, source, field);
    }
    return copy;
  }
  throw evaluationFailure(source, field, "returned a value that is not JSON.");
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return isJsonObject(error) && typeof error.message === "string" ? error.message : String(error);
}

/** Names that an expression reads from outside: its variables minus what it binds (`:=`, lambda arguments, `@$x`, `#$i`). */
function freeVariables(ast: unknown): Set<string> {
  const read = new Set<string>();
  const bound = new Set<string>([""]);
  const seen = new Set<object>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null || seen.has(node)) return;
    seen.add(node);
    const fields = node as Record<string, unknown>;
    if (fields.type === "variable" && typeof fields.value === "string") read.add(fields.value);
    if (fields.type === "bind") bindName(fields.lhs, bound);
    if (fields.type === "lambda" && Array.isArray(fields.arguments)) {
      for (const argument of fields.arguments) bindName(argument, bound);
    }
    for (const name of ["focus", "index"]) if (typeof fields[name] === "string") bound.add(fields[name]);
    bindName(fields.index, bound);
    for (const member of Object.values(fields)) visit(member);
  };
  visit(ast);
  for (const name of [...bound, "$"]) read.delete(name);
  return read;
}

function bindName(node: unknown, bound: Set<string>): void {
  if (isJsonObject(node) && typeof node.value === "string") bound.add(node.value);
}
