import { AttachRolePolicyCommand, CreatePolicyCommand } from "@aws-sdk/client-iam";
import { z } from "zod";
import { policyDocument, resourceType } from "../resource-type.ts";

export const iamManagedPolicy = resourceType(
  "AWS::IAM::ManagedPolicy",
  z.strictObject({
    ManagedPolicyName: z.string().optional(),
    Path: z.string().exactOptional(),
    Description: z.string().exactOptional(),
    PolicyDocument: policyDocument,
    Roles: z.array(z.string()).default([]),
  }),
  {},
  async ({ ManagedPolicyName, Roles, ...same }, { targets: { iam }, generatedName }) => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: ManagedPolicyName ?? generatedName(128), ...same }),
    );
    const PolicyArn = Policy?.Arn ?? "";
    for (const RoleName of Roles) await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return { ref: PolicyArn, attributes: { PolicyArn } };
  },
);
