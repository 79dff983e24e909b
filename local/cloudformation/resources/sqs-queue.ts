import { z } from "zod";
import { resourceType } from "../resource-type.ts";

export const sqsQueue = resourceType(
  "AWS::SQS::Queue",
  z.strictObject({
    QueueName: z.string().optional(),
    MessageRetentionPeriod: z.number().exactOptional(),
    VisibilityTimeout: z.number().exactOptional(),
  }),
  {
    SqsManagedSseEnabled: "messages lie in this process's memory",
    Tags: "nothing reads a queue's tags",
  },
  async (properties, { targets: { sqs }, generatedName }) => {
    const { QueueName: name = generatedName(80), MessageRetentionPeriod, VisibilityTimeout } = properties;
    const { queueUrl, queueArn } = sqs.createQueue({
      name,
      ...(MessageRetentionPeriod === undefined ? {} : { retentionSeconds: MessageRetentionPeriod }),
      ...(VisibilityTimeout === undefined ? {} : { visibilitySeconds: VisibilityTimeout }),
    });
    return { ref: queueUrl, attributes: { Arn: queueArn, QueueName: name, QueueUrl: queueUrl } };
  },
);
