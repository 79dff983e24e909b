import { SubscribeCommand } from "@aws-sdk/client-sns";
import { z } from "zod";
import { resourceType } from "../resource-type.ts";

export const snsSubscription = resourceType(
  "AWS::SNS::Subscription",
  z.strictObject({ TopicArn: z.string(), Protocol: z.string(), Endpoint: z.string().exactOptional() }),
  {},
  async (properties, { targets: { sns } }) => {
    const { SubscriptionArn = "" } = await sns.send(
      new SubscribeCommand({ ...properties, ReturnSubscriptionArn: true }),
    );
    return { ref: SubscriptionArn };
  },
);
