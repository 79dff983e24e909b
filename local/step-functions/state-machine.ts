import type { Machine } from "./definition.ts";
import type { Execution } from "./execution.ts";

export type LogLevel = "ALL" | "ERROR" | "FATAL" | "OFF";

export interface LoggingConfiguration {
  readonly level?: LogLevel | undefined;
  readonly includeExecutionData?: boolean | undefined;
  readonly destinations?:
    | readonly { readonly cloudWatchLogsLogGroup?: { readonly logGroupArn?: string } }[]
    | undefined;
}

export interface TracingConfiguration {
  readonly enabled?: boolean | undefined;
}

/** What a state machine is now; its executions keep the definition and role that they began with. */
export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly creationDate: number;
  readonly definition: string;
  readonly machine: Machine;
  readonly roleArn: string;
  readonly logging: LoggingConfiguration;
  readonly tracing: TracingConfiguration;
  readonly revisionId: string;
  readonly updateDate: number;
}

/** A state machine with the executions that were started on it. */
export interface StateMachineRecord {
  current: StateMachine;
  readonly executions: Map<string, Execution>;
}

/** The name of the log group that a logging configuration names, without the `:*` that its ARN ends with. */
export function logGroupOf(logging: LoggingConfiguration): string | undefined {
  const arn = logging.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn;
  return arn === undefined ? undefined : /:log-group:([^:]+)/.exec(arn)?.[1];
}
