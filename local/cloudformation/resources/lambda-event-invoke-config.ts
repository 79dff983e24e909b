import { z } from "zod";
import { resourceType } from "../resource-type.ts";

export const lambdaEventInvokeConfig = resourceType(
  "AWS::Lambda::EventInvokeConfig",
  z.strictObject({
    FunctionName: z.string(),
    Qualifier: z.literal("$LATEST"),
    MaximumRetryAttempts: z.number().int().min(0).max(2).default(2),
    MaximumEventAgeInSeconds: z.number().int().min(60).max(21_600).default(21_600),
    DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) }).optional(),
  }),
  {},
  async (properties, { targets: { lambda }, logicalId }) => {
    const onFailureArn = properties.DestinationConfig?.OnFailure.Destination;
    lambda.putEventInvokeConfig(properties.FunctionName, {
      maximumRetryAttempts: properties.MaximumRetryAttempts,
      maximumEventAgeSeconds: properties.MaximumEventAgeInSeconds,
      ...(onFailureArn === undefined ? {} : { onFailureArn }),
    });
    return { ref: logicalId };
  },
);
