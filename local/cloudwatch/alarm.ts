import { z } from "zod";
import { NotInPocketAwsError } from "../service.ts";

/** The metrics that alarms here can watch; another one is an error that names it. */
const METRICS = {
  "AWS/SQS ApproximateNumberOfMessagesVisible": "QueueName",
  "AWS/Lambda Errors": "FunctionName",
  "AWS/Lambda Invocations": "FunctionName",
} as const;
export type MetricName = keyof typeof METRICS;

/** An alarm on one metric, as AWS::CloudWatch::Alarm spells it. */
export const AlarmSettings = z.strictObject({
  AlarmName: z.string(),
  AlarmDescription: z.string().default(""),
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.strictObject({ Name: z.string(), Value: z.string() })).length(1),
  Statistic: z.enum(["Sum", "Maximum"]),
  /** Seconds. */
  Period: z.number().int().positive(),
  EvaluationPeriods: z.literal(1),
  Threshold: z.number(),
  ComparisonOperator: z.enum(["GreaterThanThreshold", "LessThanThreshold"]),
  TreatMissingData: z.enum(["breaching", "notBreaching"]),
  AlarmActions: z.array(z.string()).default([]),
});
export type AlarmSettings = z.infer<typeof AlarmSettings>;

/** The metric that an alarm watches, and of what. */
export function metricOf({ Namespace, MetricName, Dimensions }: AlarmSettings): {
  readonly metric: MetricName;
  readonly of: string;
} {
  const metric = `${Namespace} ${MetricName}`;
  if (!isMetric(metric)) throw new NotInPocketAwsError(`the metric ${metric} of an alarm`);
  const [dimension] = Dimensions;
  if (dimension?.Name !== METRICS[metric])
    throw new NotInPocketAwsError(`the dimension ${dimension?.Name} of the metric ${metric}`);
  return { metric, of: dimension.Value };
}

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

/** What a value (or its absence) means to an alarm, and the reason in CloudWatch's words. */
export function judge(
  { ComparisonOperator, Threshold, TreatMissingData }: AlarmSettings,
  value: number | undefined,
): { readonly state: "ALARM" | "OK"; readonly reason: string } {
  const how = ComparisonOperator === "GreaterThanThreshold" ? "greater than" : "less than";
  if (value === undefined) {
    const isBreaching = TreatMissingData === "breaching";
    return {
      state: isBreaching ? "ALARM" : "OK",
      reason: `Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [${isBreaching ? "Breaching" : "NonBreaching"}].`,
    };
  }
  const isBreaching = ComparisonOperator === "GreaterThanThreshold" ? value > Threshold : value < Threshold;
  return {
    state: isBreaching ? "ALARM" : "OK",
    reason: `Threshold Crossed: 1 datapoint [${value.toFixed(1)}] was ${isBreaching ? "" : "not "}${how} the threshold (${Threshold.toFixed(1)}).`,
  };
}
