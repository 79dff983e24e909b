/** The error names that Step Functions itself gives, and the two ways in which a state ends without a result. */

export const ALL = "States.ALL";
export const TASK_FAILED = "States.TaskFailed";
export const TIMEOUT = "States.Timeout";
export const HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout";
export const RUNTIME = "States.Runtime";
export const DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded";
export const QUERY_EVALUATION_ERROR = "States.QueryEvaluationError";
export const NO_CHOICE_MATCHED = "States.NoChoiceMatched";
export const ITEM_READER_FAILED = "States.ItemReaderFailed";
export const TOLERATED_FAILURES_EXCEEDED = "States.ExceedToleratedFailureThreshold";

/** A state failed: `error` and `reason` become Error and Cause, which Retry, Catch and the execution's end show. */
export class StateFailure extends Error {
  readonly error: string | undefined;
  readonly reason: string | undefined;

  constructor(error: string | undefined, reason: string | undefined, options?: { cause?: unknown }) {
    super(`${error ?? "(no error name)"}: ${reason ?? "(no cause)"}`, options);
    this.name = "StateFailure";
    this.error = error;
    this.reason = reason;
  }
}

/** The work was stopped from outside (StopExecution, the machine's time-out, a failed sibling): nothing may catch it. */
export class StoppedError extends Error {
  constructor(why: string) {
    super(why);
    this.name = "StoppedError";
  }
}

/** What an unexpected throw becomes: visible as a failed execution, never swallowed. */
export function asStateFailure(error: unknown): StateFailure {
  if (error instanceof StateFailure) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new StateFailure(RUNTIME, text, { cause: error });
}
