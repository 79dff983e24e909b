import { AwsError, NotInPocketAwsError } from "../service.ts";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { compileTemplate, ExpressionError, type Template } from "./jsonata-expressions.ts";

const JSONPATH_FIELDS = new Set([
  ..."Parameters InputPath OutputPath ResultPath ResultSelector ItemsPath SecondsPath TimestampPath Variable".split(
    " ",
  ),
  ..."TimeoutSecondsPath HeartbeatSecondsPath ErrorPath CausePath MaxConcurrencyPath MaxItemsPath".split(" "),
  ..."ToleratedFailureCountPath ToleratedFailurePercentagePath Iterator Result".split(" "),
]);

/** Fields of the Amazon States Language that this interpreter leaves to AWS. */
const FIELDS_NOT_HERE = new Set(["Credentials", "ItemBatcher", "ResultWriter", "ItemsPointer", "CSVHeaderLocation"]);

/** A definition that Step Functions would refuse, worded as CreateStateMachine words it. */
export function invalidDefinition(what: string): AwsError {
  return new AwsError("InvalidDefinition", `Invalid State Machine Definition: '${what}'`);
}

/** Everything that the parts of one state add up to, for the checks of the whole definition. */
export interface Findings {
  /** Variables that are read, and the field that reads them. */
  readonly reads: { readonly field: string; readonly variable: string }[];
  /** Variables that an Assign sets. */
  readonly assigns: string[];
  /** States that a Next or Default names. */
  readonly targets: string[];
}

/** Reads the fields of one JSON object of a definition; `finish` refuses whatever nobody asked for. */
export class Fields {
  readonly where: string;
  readonly findings: Findings;
  readonly #value: JsonObject;
  readonly #path: string;
  readonly #asked = new Set<string>(["Comment"]);

  constructor(value: unknown, where: string, path = "", findings: Findings = { reads: [], assigns: [], targets: [] }) {
    if (!isJsonObject(value)) throw invalidDefinition(`${where} must be an object`);
    this.#value = value;
    this.#path = path;
    this.where = where;
    this.findings = findings;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#value, name);
  }

  raw(name: string): Json | undefined {
    this.#asked.add(name);
    return this.has(name) ? this.#value[name] : undefined;
  }

  string(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    throw this.wrong(name, "must be a non-empty string");
  }

  requiredString(name: string): string {
    const value = this.string(name);
    if (value === undefined) throw this.wrong(name, "is missing");
    return value;
  }

  number(name: string, range: { readonly min: number; readonly integer?: boolean }): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && value >= range.min && (!range.integer || Number.isInteger(value))) return value;
    throw this.wrong(name, `must be ${range.integer ? "a whole number" : "a number"} of at least ${range.min}`);
  }

  list(name: string): readonly Json[] | undefined {
    const value = this.raw(name);
    if (value === undefined || Array.isArray(value)) return value;
    throw this.wrong(name, "must be an array");
  }

  /** The name of another state. */
  target(name: string): string | undefined {
    const value = this.string(name);
    if (value !== undefined) this.findings.targets.push(value);
    return value;
  }

  /** A field that may hold JSONata anywhere; `check` looks at a value that holds none. */
  template(name: string, check?: (constant: Json) => string | undefined): Template | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    let template: Template;
    try {
      template = compileTemplate(value, `${this.#path}${name}`);
    } catch (error) {
      if (error instanceof ExpressionError) throw invalidDefinition(`${this.where}: ${error.message}`);
      throw error;
    }
    for (const variable of template.variables) this.findings.reads.push({ field: `${this.#path}${name}`, variable });
    const problem = template.constant === undefined ? undefined : check?.(template.constant);
    if (problem !== undefined) throw this.wrong(name, problem);
    return template;
  }

  /** An Assign: an object whose names are variables. */
  assign(): Template | undefined {
    const value = this.raw("Assign");
    if (value === undefined) return undefined;
    if (!isJsonObject(value)) throw this.wrong("Assign", "must be an object");
    for (const name of Object.keys(value)) {
      if (!/^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name) || name.length > 80 || name === "states") {
        throw this.wrong("Assign", `cannot name a variable '${name}'`);
      }
      this.findings.assigns.push(name);
    }
    return this.template("Assign");
  }

  /** The fields of an object inside this one, reporting to the same findings. */
  inner(name: string): Fields | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : this.member(value, name);
  }

  member(value: unknown, name: string): Fields {
    const path = `${this.#path}${name}`;
    return new Fields(value, `${this.where}, ${name}`, `${path}/`, this.findings);
  }

  /** The fields of an object whose findings are its own: a flow inside this state. */
  separate(value: unknown, name: string): Fields {
    return new Fields(value, `${this.where}, ${name}`);
  }

  wrong(name: string, problem: string): AwsError {
    return invalidDefinition(`${this.where}: the field '${name}' ${problem}`);
  }

  /** Refuses every field that was not asked for, so that a typo or a feature we lack is never ignored. */
  finish(): void {
    for (const name of Object.keys(this.#value)) {
      if (this.#asked.has(name)) continue;
      if (JSONPATH_FIELDS.has(name)) throw this.wrong(name, "belongs to JSONPath; this interpreter runs JSONata");
      if (FIELDS_NOT_HERE.has(name)) throw new NotInPocketAwsError(`the field '${name}' (${this.where})`);
      throw this.wrong(name, "is not a field of the Amazon States Language here");
    }
  }
}

/** For fields that take a whole number or an expression that gives one. */
export function wholeNumber(min: number): (constant: Json) => string | undefined {
  return (constant) =>
    typeof constant === "number" && Number.isInteger(constant) && constant >= min
      ? undefined
      : `must be a whole number of at least ${min}, or an expression, not ${JSON.stringify(constant)}`;
}
