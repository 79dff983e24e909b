import { CreateLogGroupCommand, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { z } from "zod";
import { resourceType } from "../resource-type.ts";

export const logsLogGroup = resourceType(
  "AWS::Logs::LogGroup",
  z.strictObject({ LogGroupName: z.string().optional(), RetentionInDays: z.number().optional() }),
  { Tags: "nothing reads a log group's tags" },
  async ({ LogGroupName, RetentionInDays }, { targets: { logs }, generatedName, accountId, region }) => {
    const logGroupName = LogGroupName ?? generatedName(512);
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    if (RetentionInDays !== undefined)
      await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: RetentionInDays }));
    // CloudFormation's ARN of a log group ends in `:*`, the form that policies need.
    const Arn = `arn:aws:logs:${region}:${accountId}:log-group:${logGroupName}:*`;
    return { ref: logGroupName, attributes: { Arn } };
  },
);
