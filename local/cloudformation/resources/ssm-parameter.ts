import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { z } from "zod";
import { resourceType } from "../resource-type.ts";

export const ssmParameter = resourceType(
  "AWS::SSM::Parameter",
  z.strictObject({
    Name: z.string().optional(),
    Type: z.enum(["String", "StringList"]),
    Value: z.string(),
    Description: z.string().exactOptional(),
    Tier: z.literal("Standard").optional(),
  }),
  { Tags: "nothing reads a parameter's tags" },
  async ({ Name, Tier: _, ...same }, { targets: { ssm }, generatedName }) => {
    const name = Name ?? `CFN-${generatedName(200)}`;
    await ssm.send(new PutParameterCommand({ Name: name, ...same }));
    return { ref: name, attributes: { Type: same.Type, Value: same.Value } };
  },
);
