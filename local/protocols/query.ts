import { randomUUID } from "node:crypto";
import { type ApiRequest, type ApiResponse, AwsError, NotInPocketAwsError } from "../service.ts";
import { type XmlValue, xmlDocument } from "./xml.ts";

/** The operation of a query request: its `Action` parameter, from the form body or the query string. */
export function queryActionOf(request: Pick<ApiRequest, "body" | "query">): string {
  return parametersOf(request).get("Action") ?? "";
}

function parametersOf(request: Pick<ApiRequest, "body" | "query">): URLSearchParams {
  return request.body.length > 0 ? new URLSearchParams(request.body.toString("utf8")) : request.query;
}

/** A query answer: `<ActionResponse><ActionResult>…`. */
export function queryResponse(action: string, namespace: string, result: XmlValue): ApiResponse {
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: xmlDocument(`${action}Response`, namespace, {
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: randomUUID() },
    }),
  };
}

/** The answer for an error, as the query protocol spells it. */
export function queryError(error: AwsError): ApiResponse {
  return {
    status: error.status,
    headers: { "content-type": "text/xml" },
    body: xmlDocument("ErrorResponse", undefined, {
      Error: { Type: error.status >= 500 ? "Receiver" : "Sender", Code: error.code, Message: error.message },
      RequestId: randomUUID(),
    }),
  };
}

/** One operation of a query service: the parameters that it reads, and what it does. */
export interface QueryOperation {
  readonly parameters: readonly string[];
  run(input: QueryInput, request: ApiRequest): XmlValue;
}

/** Runs the operation that the request names; an unknown operation or parameter is an error that names it. */
export function runQueryOperation(
  service: string,
  namespace: string,
  operations: Readonly<Record<string, QueryOperation>>,
  request: ApiRequest,
): ApiResponse {
  const parameters = parametersOf(request);
  const action = parameters.get("Action") ?? "";
  const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (operation === undefined) throw new NotInPocketAwsError(`the operation ${service}:${action}`);
  for (const name of parameters.keys()) {
    const top = name.split(".", 1)[0] ?? name;
    if (top !== "Action" && top !== "Version" && !top.startsWith("X-Amz-") && !operation.parameters.includes(top)) {
      throw new NotInPocketAwsError(`the parameter ${top} of ${service}:${action}`);
    }
  }
  return queryResponse(action, namespace, operation.run(new QueryInput(action, parameters), request));
}

/** Typed reading of query parameters, with the protocol's spelling of lists and maps. */
export class QueryInput {
  readonly action: string;
  readonly #parameters: URLSearchParams;

  constructor(action: string, parameters: URLSearchParams) {
    this.action = action;
    this.#parameters = parameters;
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw new AwsError("ValidationError", `${this.action}: ${name} is missing.`);
    return value;
  }
  optionalText(name: string): string | undefined {
    return this.#parameters.get(name) ?? undefined;
  }
  optionalNumber(name: string): number | undefined {
    const value = this.optionalText(name);
    if (value === undefined) return undefined;
    if (!/^\d+$/.test(value)) throw new AwsError("ValidationError", `${this.action}: ${name} must be a whole number.`);
    return Number(value);
  }
  /** `Tags.member.1.Key=…` becomes [{ Key: … }]. */
  structures(name: string): Record<string, string>[] {
    return this.#indexed(`${name}.member.`);
  }
  /** `Attributes.entry.1.key=…&Attributes.entry.1.value=…` becomes a map. */
  map(name: string): Record<string, string> {
    return Object.fromEntries(this.#indexed(`${name}.entry.`).map((entry) => [entry.key ?? "", entry.value ?? ""]));
  }
  /** `MessageAttributes.entry.1.Name=…&MessageAttributes.entry.1.Value.StringValue=…` becomes a map (SNS). */
  messageAttributes(name: string): Record<string, string> {
    return Object.fromEntries(
      this.#indexed(`${name}.entry.`).map((entry) => [entry.Name ?? "", entry["Value.StringValue"] ?? ""]),
    );
  }

  #indexed(prefix: string): Record<string, string>[] {
    const found: Record<string, string>[] = [];
    for (const [key, value] of this.#parameters) {
      if (!key.startsWith(prefix)) continue;
      const [index, ...member] = key.slice(prefix.length).split(".");
      const position = Number(index) - 1;
      found[position] ??= {};
      found[position][member.join(".")] = value;
    }
    return found.filter((entry) => entry !== undefined);
  }
}

/** One page of a list, as IAM pages: `MaxItems` and an opaque `Marker`. */
export function pageOf<Item>(
  input: QueryInput,
  items: readonly Item[],
): { readonly page: readonly Item[]; readonly IsTruncated: boolean; readonly Marker: string | undefined } {
  const start = Number(input.optionalText("Marker") ?? 0);
  const end = start + (input.optionalNumber("MaxItems") ?? 100);
  const truncated = end < items.length;
  return { page: items.slice(start, end), IsTruncated: truncated, Marker: truncated ? String(end) : undefined };
}
