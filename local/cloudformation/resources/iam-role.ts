import { AttachRolePolicyCommand, CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { z } from "zod";
import { policyDocument, resourceType, tags } from "../resource-type.ts";

export const iamRole = resourceType(
  "AWS::IAM::Role",
  z.strictObject({
    RoleName: z.string().optional(),
    Path: z.string().exactOptional(),
    Description: z.string().exactOptional(),
    AssumeRolePolicyDocument: policyDocument,
    MaxSessionDuration: z.number().exactOptional(),
    Policies: z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument: policyDocument })).default([]),
    ManagedPolicyArns: z.array(z.string()).default([]),
    Tags: tags.exactOptional(),
  }),
  {},
  async ({ RoleName = undefined, Policies, ManagedPolicyArns, ...same }, { targets: { iam }, generatedName }) => {
    const name = RoleName ?? generatedName(64);
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, ...same }));
    for (const policy of Policies) await iam.send(new PutRolePolicyCommand({ RoleName: name, ...policy }));
    for (const PolicyArn of ManagedPolicyArns)
      await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
    return { ref: name, attributes: { Arn: Role?.Arn ?? "", RoleId: Role?.RoleId ?? "" } };
  },
);
