import { SetTopicAttributesCommand } from "@aws-sdk/client-sns";
import { z } from "zod";
import { policyDocument, resourceType } from "../resource-type.ts";

export const snsTopicPolicy = resourceType(
  "AWS::SNS::TopicPolicy",
  z.strictObject({ Topics: z.array(z.string()), PolicyDocument: policyDocument }),
  {},
  async ({ Topics, PolicyDocument }, { targets: { sns }, logicalId }) => {
    for (const TopicArn of Topics)
      await sns.send(
        new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue: PolicyDocument }),
      );
    return { ref: logicalId };
  },
);
