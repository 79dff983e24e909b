import { AwsError, NotInPocketAwsError } from "../service.ts";
import { RUNTIME, StateFailure, StoppedError } from "./errors.ts";
import { type Fields, invalidDefinition } from "./fields.ts";
import type { Frame } from "./frame.ts";
import type { EventDetails } from "./history.ts";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";

const INVOKE = "arn:aws:states:::lambda:invoke";
const WAIT_FOR_TASK_TOKEN = ".waitForTaskToken";

/** What a Task's Resource asks for. */
export interface LambdaResource {
  /** The function that the Resource itself names; undefined where Arguments does. */
  readonly functionArn: string | undefined;
  readonly waitsForToken: boolean;
  readonly events: TaskEvents;
}

/** The history events of a task: the integration and the plain function ARN have events of their own. */
export interface TaskEvents {
  readonly prefix: "Task" | "LambdaFunction";
  scheduled(frame: Frame, parameters: Json, limits: JsonObject): EventDetails;
  started(): EventDetails;
  submitted(frame: Frame, output: Json): EventDetails;
  succeeded(frame: Frame, output: Json): EventDetails;
  failed(type: "Failed" | "TimedOut", failure: StateFailure): EventDetails;
}

export function parseLambdaResource(fields: Fields): LambdaResource {
  const resource = fields.requiredString("Resource");
  if (resource === INVOKE || resource === `${INVOKE}${WAIT_FOR_TASK_TOKEN}`) {
    const operation = resource.slice(resource.lastIndexOf(":") + 1);
    return { functionArn: undefined, waitsForToken: resource !== INVOKE, events: integrationEvents(operation) };
  }
  if (/^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(resource)) {
    return { functionArn: resource, waitsForToken: false, events: functionEvents(resource) };
  }
  if (/^arn:aws[\w-]*:states:/.test(resource))
    throw new NotInPocketAwsError(`the Resource ${resource} (${fields.where})`);
  throw fields.wrong("Resource", `'${resource}' is not the ARN of an integration or of a function`);
}

/** What can be checked of lambda:invoke's Arguments before an execution runs. */
export function checkInvokeArguments(resource: LambdaResource, fields: Fields): void {
  const value = fields.raw("Arguments");
  if (resource.functionArn !== undefined) return;
  if (isJsonObject(value)) {
    const problem = argumentsProblem(value);
    if (problem) throw problem(fields.where);
  } else if (typeof value !== "string") {
    throw fields.wrong("Arguments", "must be an object with 'FunctionName' and 'Payload'");
  }
}

function argumentsProblem(value: JsonObject): ((where: string) => AwsError) | undefined {
  for (const name of Object.keys(value)) {
    if (name !== "FunctionName" && name !== "Payload") {
      return (where) => new NotInPocketAwsError(`the argument '${name}' of lambda:invoke (${where})`);
    }
  }
  if (typeof value.FunctionName !== "string" || value.FunctionName === "") {
    return (where) => invalidDefinition(`${where}: the field 'FunctionName' of 'Arguments' is missing`);
  }
  return undefined;
}

/** Invokes the function as the machine's role; a function error fails the state with the error's own name. */
export async function invokeLambda(
  resource: LambdaResource,
  frame: Frame,
  parameters: Json,
  signal: AbortSignal,
): Promise<Json> {
  const { functionArn, payload } = target(resource, parameters);
  const { invokeFunction } = frame.execution.engine.dependencies;
  const answer = await invokeFunction(functionArn, payload, frame.execution.caller(), signal).catch(
    (error: unknown) => {
      if (error instanceof StoppedError) throw error;
      throw invocationFailure(error);
    },
  );
  if ("functionError" in answer) {
    throw new StateFailure(answer.functionError.errorType, JSON.stringify(answer.functionError));
  }
  const result = (answer.payload ?? null) as Json;
  return resource.functionArn === undefined ? { ExecutedVersion: "$LATEST", Payload: result, StatusCode: 200 } : result;
}

function target(resource: LambdaResource, parameters: Json): { functionArn: string; payload: Json } {
  if (resource.functionArn !== undefined) return { functionArn: resource.functionArn, payload: parameters };
  const values = isJsonObject(parameters) ? parameters : {};
  const problem = argumentsProblem(values);
  if (problem) throw new StateFailure(RUNTIME, problem("lambda:invoke").message);
  return { functionArn: String(values.FunctionName), payload: values.Payload ?? {} };
}

/** AWS prefixes Lambda's own errors, and knows a refused caller only as the general exception of the service. */
function invocationFailure(error: unknown): StateFailure {
  if (!(error instanceof AwsError) || error instanceof NotInPocketAwsError) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return new StateFailure(RUNTIME, text, { cause: error });
  }
  const name = error.code === "AccessDeniedException" ? "AWSLambdaException" : error.code;
  const reason = `${error.message} (Service: AWSLambda; Status Code: ${error.status}; Error Code: ${error.code})`;
  return new StateFailure(`Lambda.${name}`, reason, { cause: error });
}

function errorDetails(failure: StateFailure): Record<string, unknown> {
  return {
    ...(failure.error === undefined ? {} : { error: failure.error }),
    ...(failure.reason === undefined ? {} : { cause: failure.reason }),
  };
}

function integrationEvents(operation: string): TaskEvents {
  const resource = { resource: operation, resourceType: "lambda" };
  return {
    prefix: "Task",
    scheduled: ({ execution }, parameters, limits) => ({
      taskScheduledEventDetails: {
        ...resource,
        region: execution.engine.dependencies.region,
        parameters: JSON.stringify(parameters),
        ...limits,
      },
    }),
    started: () => ({ taskStartedEventDetails: resource }),
    submitted: ({ execution }, output) => ({
      taskSubmittedEventDetails: { ...resource, ...execution.history.data({ output }) },
    }),
    succeeded: ({ execution }, output) => ({
      taskSucceededEventDetails: { ...resource, ...execution.history.data({ output }) },
    }),
    failed: (type, failure) => ({ [`task${type}EventDetails`]: { ...resource, ...errorDetails(failure) } }),
  };
}

function functionEvents(resource: string): TaskEvents {
  return {
    prefix: "LambdaFunction",
    scheduled: ({ execution }, input, limits) => ({
      lambdaFunctionScheduledEventDetails: { resource, ...execution.history.data({ input }), ...limits },
    }),
    started: () => ({}),
    submitted: () => ({}),
    succeeded: ({ execution }, output) => ({
      lambdaFunctionSucceededEventDetails: execution.history.data({ output }),
    }),
    failed: (type, failure) => ({ [`lambdaFunction${type}EventDetails`]: errorDetails(failure) }),
  };
}
