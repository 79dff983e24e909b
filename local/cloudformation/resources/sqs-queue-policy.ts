import { z } from "zod";
import { policyDocument, resourceType } from "../resource-type.ts";

export const sqsQueuePolicy = resourceType(
  "AWS::SQS::QueuePolicy",
  z.strictObject({ Queues: z.array(z.string()), PolicyDocument: policyDocument }),
  {},
  async ({ Queues, PolicyDocument }, { targets: { sqs }, logicalId }) => {
    for (const queueUrl of Queues) sqs.setPolicy(queueUrl, PolicyDocument);
    return { ref: logicalId };
  },
);
