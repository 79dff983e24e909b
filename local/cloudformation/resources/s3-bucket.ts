import {
  CreateBucketCommand,
  type LifecycleRule,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { z } from "zod";
import { resourceType } from "../resource-type.ts";

const Rule = z.strictObject({
  Id: z.string().optional(),
  Status: z.enum(["Enabled", "Disabled"]),
  Prefix: z.string().default(""),
  ExpirationInDays: z.number().optional(),
  ExpiredObjectDeleteMarker: z.boolean().optional(),
  NoncurrentVersionExpiration: z
    .strictObject({ NoncurrentDays: z.number(), NewerNoncurrentVersions: z.number().exactOptional() })
    .optional(),
  AbortIncompleteMultipartUpload: z.strictObject({ DaysAfterInitiation: z.number() }).optional(),
});

export const s3Bucket = resourceType(
  "AWS::S3::Bucket",
  z.strictObject({
    BucketName: z.string().optional(),
    VersioningConfiguration: z.strictObject({ Status: z.enum(["Enabled", "Suspended"]) }).optional(),
    PublicAccessBlockConfiguration: z
      .strictObject({
        BlockPublicAcls: z.boolean().exactOptional(),
        BlockPublicPolicy: z.boolean().exactOptional(),
        IgnorePublicAcls: z.boolean().exactOptional(),
        RestrictPublicBuckets: z.boolean().exactOptional(),
      })
      .optional(),
    BucketEncryption: z
      .strictObject({
        ServerSideEncryptionConfiguration: z.array(
          z.strictObject({
            ServerSideEncryptionByDefault: z.strictObject({
              SSEAlgorithm: z.enum(["AES256", "aws:kms"]),
              KMSMasterKeyID: z.string().exactOptional(),
            }),
            BucketKeyEnabled: z.boolean().exactOptional(),
          }),
        ),
      })
      .optional(),
    LifecycleConfiguration: z.strictObject({ Rules: z.array(Rule) }).optional(),
  }),
  {
    OwnershipControls: "there are no access control lists here, which is what BucketOwnerEnforced asks for",
    Tags: "nothing reads a bucket's tags",
  },
  async (properties, { targets: { s3 }, generatedName, region }) => {
    const Bucket = properties.BucketName ?? generatedName(63).toLowerCase();
    const { VersioningConfiguration, PublicAccessBlockConfiguration, BucketEncryption, LifecycleConfiguration } =
      properties;
    await s3.send(new CreateBucketCommand({ Bucket }));
    if (VersioningConfiguration) await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    if (PublicAccessBlockConfiguration)
      await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    if (BucketEncryption)
      await s3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: BucketEncryption.ServerSideEncryptionConfiguration.map(
              ({ ServerSideEncryptionByDefault, BucketKeyEnabled }) => ({
                ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault,
                ...(BucketKeyEnabled === undefined ? {} : { BucketKeyEnabled }),
              }),
            ),
          },
        }),
      );
    if (LifecycleConfiguration)
      await s3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: { Rules: LifecycleConfiguration.Rules.map(apiRule) },
        }),
      );
    return {
      ref: Bucket,
      attributes: {
        Arn: `arn:aws:s3:::${Bucket}`,
        DomainName: `${Bucket}.s3.amazonaws.com`,
        RegionalDomainName: `${Bucket}.s3.${region}.amazonaws.com`,
      },
    };
  },
);

/** CloudFormation's names for a lifecycle rule differ from the API's. */
function apiRule(rule: z.output<typeof Rule>): LifecycleRule {
  const expiration = {
    ...(rule.ExpirationInDays === undefined ? {} : { Days: rule.ExpirationInDays }),
    ...(rule.ExpiredObjectDeleteMarker === undefined
      ? {}
      : { ExpiredObjectDeleteMarker: rule.ExpiredObjectDeleteMarker }),
  };
  return {
    ...(rule.Id === undefined ? {} : { ID: rule.Id }),
    Status: rule.Status,
    Filter: { Prefix: rule.Prefix },
    ...(Object.keys(expiration).length > 0 ? { Expiration: expiration } : {}),
    ...(rule.NoncurrentVersionExpiration ? { NoncurrentVersionExpiration: rule.NoncurrentVersionExpiration } : {}),
    ...(rule.AbortIncompleteMultipartUpload
      ? { AbortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload }
      : {}),
  };
}
