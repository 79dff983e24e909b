import { TransientFailure } from "./errors.ts";

/** Names under which AWS says "not now": throttling, faults on its side, and others busy with the same thing. */
const TRANSIENT = new Set([
  "ConcurrentModification",
  "ConcurrentModificationException",
  "ConditionalRequestConflict",
  "InternalFailure",
  "InternalServerError",
  "OperationAborted",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "RequestTimeout",
  "RequestTimeoutException",
  "ServiceUnavailable",
  "SlowDown",
  "Throttling",
  "ThrottledException",
  "ThrottlingException",
  "TimeoutError",
  "TooManyRequestsException",
  "TooManyUpdates",
  "WriteUnanswered",
]);

/** Codes under which Node says that the network failed. */
const NETWORK = new Set(["EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/** Errors that only a fault of ours throws: their stack is what finds it. */
const FAULTS = new Set(["Error", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "ZodError"]);

/** Errors reach the machine under a name that its Retry knows; causes of expected errors carry no stack. */
export function forTheMachine(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const named = isTransient(error)
    ? new TransientFailure(`AWS answered ${error.name}: ${error.message}. The step is tried again.`, { cause: error })
    : error;
  if (!FAULTS.has(named.name)) named.stack = `${named.name}: ${named.message}`;
  return named;
}

function isTransient(error: Error): boolean {
  if (error instanceof TransientFailure) return false;
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: unknown };
  const status = $metadata?.httpStatusCode ?? 0;
  return TRANSIENT.has(error.name) || status === 429 || status >= 500 || NETWORK.has(String(code));
}
