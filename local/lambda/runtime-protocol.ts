/** Messages between the service and the worker thread that runs a function's code. */

/** How Lambda tells a failed invocation; `trace` is missing where the sandbox, not the code, failed. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export interface RuntimeSettings {
  readonly taskRoot: string;
  readonly handler: string;
  /** Where compiled code is kept between cold starts. */
  readonly codeCacheFile?: string;
}

export interface InvocationRequest {
  readonly requestId: string;
  readonly functionArn: string;
  /** JSON text. */
  readonly payload: string;
  readonly deadlineMs: number;
  readonly traceId: string;
}

export type RuntimeMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "load-failed"; readonly error: FunctionError }
  | { readonly kind: "result"; readonly requestId: string; readonly payload: string; readonly peakMemoryBytes: number }
  | {
      readonly kind: "error";
      readonly requestId: string;
      readonly error: FunctionError;
      readonly peakMemoryBytes: number;
      /** The runtime process ends after errors that escaped the handler, as it does on AWS. */
      readonly exits: boolean;
    };
