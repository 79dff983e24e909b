import { z } from "zod";
import { resourceType } from "../resource-type.ts";

export const lambdaFunction = resourceType(
  "AWS::Lambda::Function",
  z.strictObject({
    FunctionName: z.string().optional(),
    Description: z.string().exactOptional(),
    Code: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
    Handler: z.string(),
    Runtime: z.literal("nodejs24.x"),
    Role: z.string(),
    Timeout: z.number().default(3),
    MemorySize: z.number().default(128),
    Environment: z.strictObject({ Variables: z.record(z.string(), z.string()).default({}) }).optional(),
    LoggingConfig: z
      .strictObject({
        LogGroup: z.string().optional(),
        // What the code prints is passed on line by line; the formats differ in what the runtime wraps around it.
        LogFormat: z.enum(["Text", "JSON"]).optional(),
        ApplicationLogLevel: z.string().optional(),
        SystemLogLevel: z.string().optional(),
      })
      .optional(),
  }),
  {
    Architectures: "the code is JavaScript and runs on this machine's",
    TracingConfig: "there is no X-Ray: every trace is unsampled",
    Tags: "nothing reads a function's tags",
  },
  async (properties, { targets: { lambda }, codeDirectory, codeCacheFile, generatedName }) => {
    const name = properties.FunctionName ?? generatedName(64);
    const logGroup = properties.LoggingConfig?.LogGroup;
    const cacheFile = codeCacheFile(properties.Code.S3Key);
    const { functionArn } = lambda.createFunction({
      name,
      codeDirectory: codeDirectory(properties.Code.S3Key),
      handler: properties.Handler,
      roleArn: properties.Role,
      environment: properties.Environment?.Variables ?? {},
      timeoutSeconds: properties.Timeout,
      memoryMb: properties.MemorySize,
      ...(cacheFile === undefined ? {} : { codeCacheFile: cacheFile }),
      ...(logGroup === undefined ? {} : { logGroup }),
      ...(properties.Description === undefined ? {} : { description: properties.Description }),
    });
    return { ref: name, attributes: { Arn: functionArn } };
  },
);
