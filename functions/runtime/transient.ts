import { TransientFailure } from "./errors.ts";

/** Names under which AWS says "not now": throttling, and faults on its side. */
const TRANSIENT = new Set([
  "ThrottlingException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "InternalServerError",
  "InternalFailure",
  "ServiceUnavailable",
  "SlowDown",
  "TimeoutError",
  "ECONNRESET",
  "TooManyRequestsException",
  "WriteUnanswered",
]);

/** Errors reach the machine under a name that its Retry knows; causes of expected errors carry no stack. */
export function forTheMachine(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  const wrapped =
    TRANSIENT.has(error.name) || status >= 500
      ? new TransientFailure(`AWS answered ${error.name}: ${error.message}. The step is tried again.`, { cause: error })
      : error;
  wrapped.stack = `${wrapped.name}: ${wrapped.message}`;
  return wrapped;
}
