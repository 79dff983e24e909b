import { type FunctionConfiguration, logGroupOf } from "./function-configuration.ts";

export interface RuntimeSurroundings {
  readonly region: string;
  /** The gateway: every SDK v3 client reads AWS_ENDPOINT_URL by itself. */
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  readonly logStream: string;
}

/** All that a function sees in `process.env`: the template's variables and what the Lambda runtime adds; nothing of ours. */
export function environmentVariables(
  configuration: FunctionConfiguration,
  surroundings: RuntimeSurroundings,
): Record<string, string> {
  const { region, endpoint, credentials, logStream } = surroundings;
  return {
    // Without the X-Ray daemon a missing segment must not fail the handler.
    AWS_XRAY_CONTEXT_MISSING: "IGNORE_ERROR",
    ...configuration.environment,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: configuration.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(configuration),
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    LAMBDA_TASK_ROOT: configuration.codeDirectory,
    _HANDLER: configuration.handler,
    TZ: ":UTC",
  };
}
