import { z } from "zod";
import { resourceType } from "../resource-type.ts";

export const lambdaPermission = resourceType(
  "AWS::Lambda::Permission",
  z.strictObject({
    Action: z.literal("lambda:InvokeFunction"),
    FunctionName: z.string(),
    Principal: z.string(),
    SourceArn: z.string().optional(),
    SourceAccount: z.string().optional(),
  }),
  {},
  async ({ FunctionName, Principal, SourceArn, SourceAccount }, { targets: { lambda }, logicalId }) => {
    lambda.addPermission(FunctionName, {
      statementId: logicalId,
      principal: Principal,
      ...(SourceArn === undefined ? {} : { sourceArn: SourceArn }),
      ...(SourceAccount === undefined ? {} : { sourceAccount: SourceAccount }),
    });
    return { ref: logicalId };
  },
);
