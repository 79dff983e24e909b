import { z } from "zod";
import { AwsError, NotInPocketAwsError } from "../service.ts";

/**
 * What an event source mapping of a DynamoDB stream can be told here. Members with one literal value have their standard
 * value: anything else of them would have to be acted on.
 */
export const EventSourceMappingRequest = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: z.boolean().default(true),
  BatchSize: z.number().int().min(1).max(10_000).default(100),
  MaximumBatchingWindowInSeconds: z.number().int().min(0).max(300).default(0),
  StartingPosition: z.enum(["TRIM_HORIZON", "LATEST"]),
  FunctionResponseTypes: z.array(z.literal("ReportBatchItemFailures")).max(1).default([]),
  BisectBatchOnFunctionError: z.boolean().default(false),
  /** -1: until it succeeds. */
  MaximumRetryAttempts: z.number().int().min(-1).max(10_000).default(-1),
  MaximumRecordAgeInSeconds: z.literal(-1).default(-1),
  ParallelizationFactor: z.literal(1).default(1),
  TumblingWindowInSeconds: z.literal(0).default(0),
});
export type EventSourceMappingSettings = z.output<typeof EventSourceMappingRequest>;

/** Reads a request; a member, or a value of one, that is not known is an error that names it. */
export function eventSourceMappingRequest(body: unknown): EventSourceMappingSettings {
  const parsed = EventSourceMappingRequest.safeParse(body);
  if (parsed.success) return refuseOtherSources(parsed.data);
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys")
    throw new NotInPocketAwsError(`the member ${issue.keys.join(", ")} of an event source mapping`);
  const where = issue?.path.join(".") ?? "";
  if (issue?.code === "invalid_value")
    throw new NotInPocketAwsError(`that value of ${where} of an event source mapping: ${issue.message}`);
  throw new AwsError("InvalidParameterValueException", `${where}: ${issue?.message}`);
}

function refuseOtherSources(settings: EventSourceMappingSettings): EventSourceMappingSettings {
  if (!/^arn:aws:dynamodb:[^:]*:[^:]*:table\/[^/]+\/stream\/.+$/.test(settings.EventSourceArn))
    throw new NotInPocketAwsError(
      `the event source ${settings.EventSourceArn}, which is no stream of a DynamoDB table`,
    );
  return settings;
}
