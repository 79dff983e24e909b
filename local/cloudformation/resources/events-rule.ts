import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { z } from "zod";
import { resourceType } from "../resource-type.ts";

export const eventsRule = resourceType(
  "AWS::Events::Rule",
  z.strictObject({
    Name: z.string().optional(),
    Description: z.string().exactOptional(),
    EventPattern: z.record(z.string(), z.unknown()).optional(),
    ScheduleExpression: z.string().exactOptional(),
    State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
    Targets: z
      .array(
        z.strictObject({
          Id: z.string(),
          Arn: z.string(),
          Input: z.string().exactOptional(),
          DeadLetterConfig: z.strictObject({ Arn: z.string() }).exactOptional(),
          RetryPolicy: z
            .strictObject({
              MaximumRetryAttempts: z.number().exactOptional(),
              MaximumEventAgeInSeconds: z.number().exactOptional(),
            })
            .exactOptional(),
        }),
      )
      .default([]),
  }),
  { Tags: "nothing reads a rule's tags" },
  async ({ Name, EventPattern, Targets, ...same }, { targets: { events }, generatedName }) => {
    const rule = Name ?? generatedName(64);
    const { RuleArn = "" } = await events.send(
      new PutRuleCommand({
        Name: rule,
        ...(EventPattern === undefined ? {} : { EventPattern: JSON.stringify(EventPattern) }),
        ...same,
      }),
    );
    if (Targets.length > 0) {
      const { FailedEntries = [] } = await events.send(new PutTargetsCommand({ Rule: rule, Targets }));
      if (FailedEntries[0]) throw new Error(`Target ${FailedEntries[0].TargetId}: ${FailedEntries[0].ErrorMessage}`);
    }
    return { ref: rule, attributes: { Arn: RuleArn } };
  },
);
