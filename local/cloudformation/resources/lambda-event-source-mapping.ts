import { EventSourceMappingRequest } from "../../lambda/event-source-mapping-request.ts";
import { resourceType } from "../resource-type.ts";

export const lambdaEventSourceMapping = resourceType(
  "AWS::Lambda::EventSourceMapping",
  EventSourceMappingRequest,
  { Tags: "nothing reads a mapping's tags" },
  async (properties, { targets: { lambda } }) => {
    const { UUID, EventSourceMappingArn } = lambda.eventSources.create(properties);
    return { ref: UUID, attributes: { Id: UUID, EventSourceMappingArn } };
  },
);
