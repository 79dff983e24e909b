import { z } from "zod";
import { AwsError, NotInPocketAwsError } from "../service.ts";

// Strict all the way down: a member that nothing here acts on would be a silent no-op.
const TableName = z
  .string()
  .min(3)
  .max(255)
  .regex(/^[a-zA-Z0-9_.-]+$/);
const ResourceArn = z.string().min(1);
const Throughput = z.strictObject({ ReadCapacityUnits: z.number(), WriteCapacityUnits: z.number() });
const BillingMode = z.enum(["PAY_PER_REQUEST", "PROVISIONED"]);
const KeySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) })).min(1);
const Projection = z.strictObject({
  ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]),
  NonKeyAttributes: z.array(z.string()).optional(),
});
const LocalIndex = z.strictObject({ IndexName: TableName, KeySchema, Projection });
const GlobalIndex = LocalIndex.extend({ ProvisionedThroughput: Throughput.optional() });
const Tags = z.array(z.strictObject({ Key: z.string().min(1), Value: z.string() }));
const Encryption = z.strictObject({
  Enabled: z.boolean().optional(),
  SSEType: z.enum(["AES256", "KMS"]).optional(),
  KMSMasterKeyId: z.string().optional(),
});
const Stream = z.strictObject({
  StreamEnabled: z.boolean(),
  StreamViewType: z.enum(["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"]).optional(),
});
const Recovery = z.strictObject({
  PointInTimeRecoveryEnabled: z.boolean(),
  RecoveryPeriodInDays: z.number().int().min(1).max(35).optional(),
});

const RestoreTarget = {
  TargetTableName: TableName,
  BillingModeOverride: BillingMode.optional(),
  ProvisionedThroughputOverride: Throughput.optional(),
  GlobalSecondaryIndexOverride: z.array(GlobalIndex).optional(),
  LocalSecondaryIndexOverride: z.array(LocalIndex).optional(),
  SSESpecificationOverride: Encryption.optional(),
};

/** The members that each control-plane action knows. */
export const REQUESTS = {
  CreateTable: z.strictObject({
    TableName,
    AttributeDefinitions: z.array(
      z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) }),
    ),
    KeySchema,
    BillingMode: BillingMode.optional(),
    ProvisionedThroughput: Throughput.optional(),
    GlobalSecondaryIndexes: z.array(GlobalIndex).optional(),
    LocalSecondaryIndexes: z.array(LocalIndex).optional(),
    Tags: Tags.optional(),
    TableClass: z.enum(["STANDARD", "STANDARD_INFREQUENT_ACCESS"]).optional(),
    SSESpecification: Encryption.optional(),
    DeletionProtectionEnabled: z.boolean().optional(),
    StreamSpecification: Stream.optional(),
    // CloudFormation's, not the API's: it lets a deployer make a table in one call.
    PointInTimeRecoverySpecification: Recovery.optional(),
    ResourcePolicy: z.string().optional(),
  }),
  DeleteTable: z.strictObject({ TableName }),
  DescribeTable: z.strictObject({ TableName }),
  ListTables: z.strictObject({
    ExclusiveStartTableName: TableName.optional(),
    Limit: z.number().int().min(1).max(100).optional(),
  }),
  UpdateTable: z.strictObject({
    TableName,
    DeletionProtectionEnabled: z.boolean().optional(),
    StreamSpecification: Stream.optional(),
  }),
  DescribeTimeToLive: z.strictObject({ TableName }),
  UpdateTimeToLive: z.strictObject({
    TableName,
    TimeToLiveSpecification: z.strictObject({ AttributeName: z.string().min(1), Enabled: z.boolean() }),
  }),
  TagResource: z.strictObject({ ResourceArn, Tags }),
  ListTagsOfResource: z.strictObject({ ResourceArn }),
  PutResourcePolicy: z.strictObject({
    ResourceArn,
    Policy: z.string(),
    ExpectedRevisionId: z.string().optional(),
    ConfirmRemoveSelfResourceAccess: z.boolean().optional(),
  }),
  GetResourcePolicy: z.strictObject({ ResourceArn }),
  DeleteResourcePolicy: z.strictObject({ ResourceArn, ExpectedRevisionId: z.string().optional() }),
  DescribeKinesisStreamingDestination: z.strictObject({ TableName }),
  DescribeContinuousBackups: z.strictObject({ TableName }),
  UpdateContinuousBackups: z.strictObject({ TableName, PointInTimeRecoverySpecification: Recovery }),
  RestoreTableToPointInTime: z.strictObject({
    SourceTableName: TableName.optional(),
    SourceTableArn: ResourceArn.optional(),
    RestoreDateTime: z.number().optional(),
    UseLatestRestorableTime: z.boolean().optional(),
    ...RestoreTarget,
  }),
  RestoreTableFromBackup: z.strictObject({ BackupArn: ResourceArn, ...RestoreTarget }),
  DeleteBackup: z.strictObject({ BackupArn: ResourceArn }),
  ExportTableToPointInTime: z.strictObject({
    TableArn: ResourceArn,
    ExportTime: z.number().optional(),
    ClientToken: z.string().optional(),
    S3Bucket: z.string().min(1).max(255),
    S3BucketOwner: z
      .string()
      .regex(/^[0-9]{12}$/)
      .optional(),
    S3Prefix: z.string().max(1024).optional(),
    S3SseAlgorithm: z.enum(["AES256", "KMS"]).optional(),
    ExportFormat: z.enum(["DYNAMODB_JSON", "ION"]).optional(),
    ExportType: z.enum(["FULL_EXPORT", "INCREMENTAL_EXPORT"]).optional(),
    IncrementalExportSpecification: z
      .strictObject({
        ExportFromTime: z.number().optional(),
        ExportToTime: z.number().optional(),
        ExportViewType: z.enum(["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]).optional(),
      })
      .optional(),
    FilterSpecification: z
      .strictObject({
        KeyConditionExpression: z.string().optional(),
        FilterExpression: z.string().optional(),
        ProjectionExpression: z.string().optional(),
        ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
        ExpressionAttributeValues: z.record(z.string(), z.unknown()).optional(),
      })
      .optional(),
  }),
  DescribeExport: z.strictObject({ ExportArn: ResourceArn }),
  ListExports: z.strictObject({
    TableArn: ResourceArn.optional(),
    MaxResults: z.number().int().min(1).max(25).optional(),
    NextToken: z.string().optional(),
  }),
  CreateBackup: z.strictObject({ TableName, BackupName: TableName }),
  DescribeBackup: z.strictObject({ BackupArn: ResourceArn }),
  ListBackups: z.strictObject({
    TableName: TableName.optional(),
    Limit: z.number().int().min(1).max(100).optional(),
    TimeRangeLowerBound: z.number().optional(),
    TimeRangeUpperBound: z.number().optional(),
    ExclusiveStartBackupArn: ResourceArn.optional(),
    BackupType: z.enum(["USER", "SYSTEM", "AWS_BACKUP", "ALL"]).optional(),
  }),
} as const;
export type ControlPlaneAction = keyof typeof REQUESTS;
export type ControlPlaneRequest<A extends ControlPlaneAction> = z.infer<(typeof REQUESTS)[A]>;

/** The request's members, checked; one that the pocket AWS does not know is an error that names it. */
export function controlPlaneRequest<A extends ControlPlaneAction>(action: A, input: unknown): ControlPlaneRequest<A> {
  const parsed = REQUESTS[action].safeParse(input);
  if (parsed.success) return parsed.data as ControlPlaneRequest<A>;
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys")
    throw new NotInPocketAwsError(`the member ${[...issue.path, issue.keys[0]].join(".")} of ${action}`);
  throw new AwsError(
    "ValidationException",
    `1 validation error detected: Value at '${issue?.path.join(".")}' failed to satisfy constraint: ${issue?.message}`,
  );
}
