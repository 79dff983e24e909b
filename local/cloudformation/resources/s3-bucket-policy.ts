import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { z } from "zod";
import { policyDocument, resourceType } from "../resource-type.ts";

export const s3BucketPolicy = resourceType(
  "AWS::S3::BucketPolicy",
  z.strictObject({ Bucket: z.string(), PolicyDocument: policyDocument }),
  {},
  async ({ Bucket, PolicyDocument }, { targets: { s3 } }) => {
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: PolicyDocument }));
    return { ref: Bucket };
  },
);
