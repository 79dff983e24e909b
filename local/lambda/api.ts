import { type ApiRequest, type ApiResponse, type Authorizer, AwsError, NotInPocketAwsError } from "../service.ts";
import { handleEventSourceMappings } from "./event-source-mappings-api.ts";
import { logGroupOf } from "./function-configuration.ts";
import type { DeployedFunction, LambdaService } from "./service.ts";

const VERSION = "/2015-03-31";
const FUNCTION_PATH = new RegExp(`^${VERSION}/functions/([^/]+)(/configuration|/invocations)?$`);

/** The REST calls that our steps and an operator make; everything else is an error that names it. */
export async function handleApi(
  lambda: LambdaService,
  request: ApiRequest,
  authorizer: Authorizer,
): Promise<ApiResponse> {
  const { method, caller, query } = request;
  const path = request.path.replace(/\/$/, "");
  const mappings = handleEventSourceMappings(lambda.eventSources, request, authorizer);
  if (mappings) return mappings;
  const match = FUNCTION_PATH.exec(path);
  const name = decodeURIComponent(match?.[1] ?? "");
  if (match && method === "POST" && match[2] === "/invocations") return invoke(lambda, name, request);
  if (match && method === "GET" && match[2] !== "/invocations") {
    refuseQuery(query, []);
    const found = lambda.find(name);
    const action = match[2] ? "lambda:GetFunctionConfiguration" : "lambda:GetFunction";
    authorizer.authorize({ caller, action, resource: found.arn });
    return json(200, match[2] ? describe(found) : { Configuration: describe(found) });
  }
  throw new NotInPocketAwsError(`Lambda ${method} ${request.path}`);
}

async function invoke(lambda: LambdaService, name: string, request: ApiRequest): Promise<ApiResponse> {
  refuseQuery(request.query, []);
  const payload = request.body.length === 0 ? "{}" : request.body.toString("utf8");
  try {
    JSON.parse(payload);
  } catch (cause) {
    throw new AwsError("InvalidRequestContentException", `Could not parse request body into json: ${String(cause)}`);
  }
  const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
  if (type === "Event") {
    lambda.invokeAsynchronously(name, payload, request.caller);
    return { status: 202, headers: { "X-Amz-Executed-Version": "$LATEST" } };
  }
  if (type !== "RequestResponse") throw new NotInPocketAwsError(`Lambda's invocation type ${type}`);
  const answer = await lambda.invokeText(name, payload, request.caller);
  return "functionError" in answer
    ? {
        ...json(200, answer.functionError),
        headers: { ...JSON_HEADERS, "X-Amz-Executed-Version": "$LATEST", "X-Amz-Function-Error": "Unhandled" },
      }
    : { status: 200, headers: { ...JSON_HEADERS, "X-Amz-Executed-Version": "$LATEST" }, body: answer.payload };
}

function describe({ arn, configuration }: DeployedFunction): object {
  return {
    FunctionName: configuration.name,
    FunctionArn: arn,
    Runtime: "nodejs24.x",
    Role: configuration.roleArn,
    Handler: configuration.handler,
    Description: configuration.description ?? "",
    Timeout: configuration.timeoutSeconds,
    MemorySize: configuration.memoryMb,
    Version: "$LATEST",
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Environment: { Variables: configuration.environment },
    LoggingConfig: { LogGroup: logGroupOf(configuration) },
  };
}

const JSON_HEADERS = { "Content-Type": "application/json" };

function json(status: number, body: object): ApiResponse {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(body) };
}

function refuseQuery(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys())
    if (!known.includes(name)) throw new NotInPocketAwsError(`Lambda's query parameter ${name}`);
}
