import { AwsError, NotInPocketAwsError } from "../service.ts";

/** "Maximum size of a standard parameter value: 4 KB". */
const MAX_STANDARD_BYTES = 4096;

export interface Parameter {
  readonly name: string;
  readonly type: "String" | "StringList";
  readonly value: string;
  readonly version: number;
  readonly description: string | undefined;
  readonly allowedPattern: string | undefined;
  readonly tags: Map<string, string>;
  readonly modifiedAt: Date;
  readonly modifiedBy: string;
}

export interface ParameterPut {
  readonly name: string;
  readonly value: string;
  readonly type: string | undefined;
  readonly overwrite: boolean;
  readonly description: string | undefined;
  readonly allowedPattern: string | undefined;
  readonly tags: readonly (readonly [string, string])[];
  readonly modifiedAt: Date;
  readonly modifiedBy: string;
}

/** Parameters by name, the latest version of each. */
export class ParameterStore {
  readonly #parameters = new Map<string, Parameter>();

  put(put: ParameterPut): Parameter {
    const earlier = this.#parameters.get(put.name);
    if (earlier !== undefined && !put.overwrite) {
      throw new AwsError(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    }
    if (earlier !== undefined && put.tags.length > 0) {
      throw new AwsError("ValidationException", "Invalid request: tags and overwrite can't be used together.");
    }
    if (!/^\/?[\w.-]+(\/[\w.-]+)*$/.test(put.name) || /^\/?(aws|ssm)/i.test(put.name)) {
      throw new AwsError("ValidationException", `The parameter name ${put.name} is not valid.`);
    }
    const type = put.type ?? earlier?.type;
    if (type === undefined)
      throw new AwsError("ValidationException", "A parameter type is required when you create a parameter.");
    if (type !== "String" && type !== "StringList") throw new NotInPocketAwsError(`the parameter type ${type}`);
    checkValue(put, put.allowedPattern ?? earlier?.allowedPattern);
    const parameter: Parameter = {
      name: put.name,
      type,
      value: put.value,
      version: (earlier?.version ?? 0) + 1,
      description: put.description ?? earlier?.description,
      allowedPattern: put.allowedPattern ?? earlier?.allowedPattern,
      tags: earlier?.tags ?? new Map(put.tags),
      modifiedAt: put.modifiedAt,
      modifiedBy: put.modifiedBy,
    };
    this.#parameters.set(put.name, parameter);
    return parameter;
  }

  find(name: string): Parameter | undefined {
    if (name.includes(":")) throw new NotInPocketAwsError(`the version or label in ${name}: only the latest is kept`);
    return this.#parameters.get(name);
  }

  get(name: string): Parameter {
    const parameter = this.find(name);
    if (parameter === undefined) throw new AwsError("ParameterNotFound", `Parameter ${name} not found.`);
    return parameter;
  }

  delete(name: string): void {
    this.#parameters.delete(name);
  }

  all(): readonly Parameter[] {
    return [...this.#parameters.values()];
  }

  /** Parameters below a path: of the next level, or of all levels. */
  byPath(path: string, recursive: boolean): readonly Parameter[] {
    if (!path.startsWith("/")) {
      throw new AwsError("ValidationException", `The parameter path ${path} must begin with a forward slash.`);
    }
    const prefix = path.endsWith("/") ? path : `${path}/`;
    return this.all().filter(({ name }) => {
      return name.startsWith(prefix) && (recursive || !name.slice(prefix.length).includes("/"));
    });
  }
}

function checkValue({ name, value }: ParameterPut, pattern: string | undefined): void {
  if (value.length === 0) {
    throw new AwsError("ValidationException", `The value of ${name} must have a length of at least 1.`);
  }
  if (Buffer.byteLength(value) > MAX_STANDARD_BYTES) {
    throw new AwsError(
      "ValidationException",
      `Standard tier parameters support a maximum parameter value of ${MAX_STANDARD_BYTES} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
    );
  }
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value)) {
    throw new AwsError("ParameterPatternMismatchException", `The value of ${name} does not match ${pattern}.`);
  }
}
