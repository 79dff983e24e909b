import { jsonBody } from "../protocols/json.ts";
import { type ApiRequest, type ApiResponse, type Authorizer, AwsError, NotInPocketAwsError } from "../service.ts";
import type { EventSourceMapping, EventSourceMappings } from "./event-source-mappings.ts";

const PATH = /^\/2015-03-31\/event-source-mappings(?:\/([^/]+))?$/;
const MAX_PAGE = 100;

/** Create-, Get-, Update-, Delete- and ListEventSourceMappings; undefined where the request is about something else. */
export function handleEventSourceMappings(
  mappings: EventSourceMappings,
  request: ApiRequest,
  authorizer: Authorizer,
): ApiResponse | undefined {
  const { method, caller } = request;
  const match = PATH.exec(request.path.replace(/\/$/, ""));
  if (match === null) return undefined;
  const uuid = match[1];
  if (uuid === undefined && method === "GET") {
    authorizer.authorize({ caller, action: "lambda:ListEventSourceMappings", resource: "*" });
    return json(200, page(mappings, request.query));
  }
  if (uuid === undefined && method === "POST") {
    authorizer.authorize({ caller, action: "lambda:CreateEventSourceMapping", resource: "*" });
    return json(202, mappings.create(jsonBody(request)));
  }
  const authorize = (action: string): string => {
    const { UUID, EventSourceMappingArn: resource, FunctionArn } = mappings.get(uuid ?? "");
    authorizer.authorize({
      caller,
      action: `lambda:${action}`,
      resource,
      context: { "lambda:FunctionArn": FunctionArn },
    });
    return UUID;
  };
  if (method === "GET") return json(200, mappings.get(authorize("GetEventSourceMapping")));
  if (method === "DELETE") return json(202, mappings.delete(authorize("DeleteEventSourceMapping")));
  if (method === "PUT")
    return json(202, mappings.setEnabled(authorize("UpdateEventSourceMapping"), enabledIn(jsonBody(request))));
  throw new NotInPocketAwsError(`Lambda ${method} ${request.path}`);
}

function enabledIn({ Enabled, ...others }: Readonly<Record<string, unknown>>): boolean {
  const [other] = Object.keys(others);
  if (other !== undefined) throw new NotInPocketAwsError(`the member ${other} of lambda:UpdateEventSourceMapping`);
  if (typeof Enabled !== "boolean") throw new AwsError("InvalidParameterValueException", "Enabled must be a boolean.");
  return Enabled;
}

function page(
  mappings: EventSourceMappings,
  query: URLSearchParams,
): { readonly EventSourceMappings: readonly EventSourceMapping[]; readonly NextMarker?: string } {
  for (const name of query.keys())
    if (!["EventSourceArn", "FunctionName", "MaxItems", "Marker"].includes(name))
      throw new NotInPocketAwsError(`Lambda's query parameter ${name}`);
  const [eventSourceArn, functionName] = [query.get("EventSourceArn"), query.get("FunctionName")];
  const found = mappings.list({
    ...(eventSourceArn === null ? {} : { eventSourceArn }),
    ...(functionName === null ? {} : { functionName }),
  });
  const start = Number(query.get("Marker") ?? 0);
  const end = start + Math.min(Number(query.get("MaxItems") ?? MAX_PAGE), MAX_PAGE);
  return {
    EventSourceMappings: found.slice(start, end),
    ...(end < found.length ? { NextMarker: String(end) } : {}),
  };
}

function json(status: number, body: object): ApiResponse {
  return { status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}
