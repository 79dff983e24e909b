import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

export interface RecoveryBucketProps {
  readonly keepDays: number;
  /** @default keys of S3 */
  readonly keyArn?: string | undefined;
}

/** Requests, keys, plans, journals and reports, one prefix a recovery; `uploads/` is for lists of keys from users. */
export class RecoveryBucket extends Construct {
  readonly bucket: Bucket;
  /** Set where the bucket has a key of its own: whoever reads the bucket must be allowed to use it. */
  readonly keyArn: string | undefined;

  constructor(scope: Construct, id: string, { keepDays, keyArn }: RecoveryBucketProps) {
    super(scope, id);
    this.keyArn = keyArn;
    this.bucket = new Bucket(this, "Bucket", {
      ...(keyArn
        ? {
            encryption: BucketEncryption.KMS,
            encryptionKey: Key.fromKeyArn(this, "Key", keyArn),
            bucketKeyEnabled: true,
          }
        : { encryption: BucketEncryption.S3_MANAGED }),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      // Plans are pinned by version: who overwrites one changes nothing that a writer will read.
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          id: "expire-recoveries",
          prefix: "recoveries/",
          expiration: Duration.days(keepDays),
          noncurrentVersionExpiration: Duration.days(keepDays),
        },
        {
          id: "expire-uploads",
          prefix: "uploads/",
          expiration: Duration.days(keepDays),
          noncurrentVersionExpiration: Duration.days(7),
        },
        { id: "abort-uploads", abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    Validations.of(this.bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "Access is limited to Backstitch's roles; CloudTrail data events log it where an account wants that.",
    });
  }
}
