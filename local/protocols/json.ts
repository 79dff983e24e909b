import { type ApiRequest, type ApiResponse, AwsError, NotInPocketAwsError } from "../service.ts";

/** The operation of a JSON request: what follows the last dot of X-Amz-Target (`PutItem`), or "" where there is none. */
export function actionOf(request: Pick<ApiRequest, "headers">): string {
  const target = request.headers["x-amz-target"] ?? "";
  return target.slice(target.lastIndexOf(".") + 1);
}

/** The JSON body of a request; an empty one counts as `{}`. */
export function jsonBody(request: Pick<ApiRequest, "body">): Record<string, unknown> {
  if (request.body.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(request.body.toString("utf8"));
  } catch (cause) {
    throw new AwsError("SerializationException", `The body is not JSON: ${(cause as Error).message}.`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new AwsError("SerializationException", "The body must be a JSON object.");
  }
  return parsed as Record<string, unknown>;
}

/** A JSON answer. */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  return { status, headers: { "content-type": "application/x-amz-json-1.0", ...headers }, body: JSON.stringify(body) };
}

/** The answer for an error, as the JSON protocols (1.0, 1.1 and REST) spell it. */
export function jsonError(error: AwsError): ApiResponse {
  return jsonResponse(
    error.status,
    { __type: error.code, message: error.message, ...error.details },
    { "x-amzn-errortype": error.code },
  );
}

/** Refuses members that an operation of the pocket AWS does not read, so that none is ignored in silence. */
export function refuseUnknownMembers(
  service: string,
  action: string,
  body: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  for (const [name, value] of Object.entries(body)) {
    if (value !== undefined && value !== null && !known.includes(name)) {
      throw new NotInPocketAwsError(`the member ${name} of ${service}:${action}`);
    }
  }
}

/** One operation of a JSON service: the members that it reads, and what it does. */
export interface JsonOperation {
  readonly members: readonly string[];
  run(input: JsonInput, request: ApiRequest): unknown;
}

/** Runs the operation that the request names; an unknown one is an error that names it. */
export async function runJsonOperation(
  service: string,
  operations: Readonly<Record<string, JsonOperation>>,
  request: ApiRequest,
): Promise<ApiResponse> {
  const action = actionOf(request);
  const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (operation === undefined) throw new NotInPocketAwsError(`the operation ${service}:${action}`);
  const body = jsonBody(request);
  refuseUnknownMembers(service, action, body, operation.members);
  return jsonResponse(200, (await operation.run(new JsonInput(action, body), request)) ?? {});
}

/** Typed reading of a request's members; a wrong or missing one is a ValidationException that names it. */
export class JsonInput {
  readonly action: string;
  readonly #body: Readonly<Record<string, unknown>>;

  constructor(action: string, body: Readonly<Record<string, unknown>>) {
    this.action = action;
    this.#body = body;
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#missing(name);
  }
  optionalText(name: string): string | undefined {
    return this.#typed(name, "a string", (value): value is string => typeof value === "string");
  }
  optionalNumber(name: string): number | undefined {
    return this.#typed(name, "a number", (value): value is number => typeof value === "number");
  }
  optionalBoolean(name: string): boolean | undefined {
    return this.#typed(name, "a boolean", (value): value is boolean => typeof value === "boolean");
  }
  texts(name: string): string[] {
    return this.optionalTexts(name) ?? this.#missing(name);
  }
  optionalTexts(name: string): string[] | undefined {
    return this.#typed(
      name,
      "a list of strings",
      (value): value is string[] => Array.isArray(value) && value.every((one) => typeof one === "string"),
    );
  }
  objects(name: string): Record<string, unknown>[] {
    return this.optionalObjects(name) ?? this.#missing(name);
  }
  optionalObjects(name: string): Record<string, unknown>[] | undefined {
    return this.#typed(
      name,
      "a list of objects",
      (value): value is Record<string, unknown>[] =>
        Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null),
    );
  }

  #typed<T>(name: string, kind: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.#body[name];
    if (value === undefined || value === null) return undefined;
    if (!is(value)) throw new AwsError("ValidationException", `${this.action}: ${name} must be ${kind}.`);
    return value;
  }
  #missing(name: string): never {
    throw new AwsError("ValidationException", `${this.action}: ${name} is missing.`);
  }
}
