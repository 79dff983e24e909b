import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { z } from "zod";
import { resourceType } from "../resource-type.ts";

export const snsTopic = resourceType(
  "AWS::SNS::Topic",
  z.strictObject({ TopicName: z.string().optional(), DisplayName: z.string().optional() }),
  {
    KmsMasterKeyId: "there is no KMS: messages lie in this process's memory",
    Tags: "nothing reads a topic's tags",
  },
  async ({ TopicName, DisplayName }, { targets: { sns }, generatedName }) => {
    const Name = TopicName ?? generatedName(256);
    const { TopicArn = "" } = await sns.send(
      new CreateTopicCommand({ Name, ...(DisplayName === undefined ? {} : { Attributes: { DisplayName } }) }),
    );
    return { ref: TopicArn, attributes: { TopicArn, TopicName: Name } };
  },
);
