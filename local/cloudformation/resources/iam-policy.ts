import { PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { z } from "zod";
import { policyDocument, resourceType } from "../resource-type.ts";

/** An inline policy of one or more roles; users and groups are not known here. */
export const iamPolicy = resourceType(
  "AWS::IAM::Policy",
  z.strictObject({ PolicyName: z.string(), PolicyDocument: policyDocument, Roles: z.array(z.string()) }),
  {},
  async ({ PolicyName, PolicyDocument, Roles }, { targets: { iam } }) => {
    for (const RoleName of Roles) await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    return { ref: PolicyName };
  },
);
