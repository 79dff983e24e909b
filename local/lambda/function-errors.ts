import { AwsError } from "../service.ts";
import type { FunctionError } from "./runtime-protocol.ts";

/** Lambda: "6 MB each for request and response, synchronous"; the service counts 100 bytes more for the response. */
export const MAX_REQUEST_BYTES = 6 * 1024 * 1024;
export const MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100;
/** Lambda: "1 MB asynchronous". */
export const MAX_EVENT_BYTES = 1024 * 1024;

export function timedOut(requestId: string, timeoutSeconds: number): FunctionError {
  return {
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  };
}

/** The sandbox died under the code: out of memory, or by a planted fault. */
export function killed(requestId: string): FunctionError {
  return exited(requestId, "signal: killed");
}

export function exited(requestId: string, how: string): FunctionError {
  return {
    errorType: "Runtime.ExitError",
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${how}`,
  };
}

export function responseTooLarge(bytes: number): FunctionError {
  return {
    errorType: "Function.ResponseSizeTooLarge",
    errorMessage: `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
  };
}

export function limitPayload(payload: string, limit: number): void {
  const bytes = Buffer.byteLength(payload);
  if (bytes > limit)
    throw new AwsError(
      "RequestTooLargeException",
      `${bytes} byte payload is too large for the Invoke operation (limit ${limit} bytes)`,
      413,
    );
}
