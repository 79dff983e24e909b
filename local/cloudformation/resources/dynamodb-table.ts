import {
  CreateTableCommand,
  DescribeTableCommand,
  PutResourcePolicyCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { z } from "zod";
import { policyDocument, resourceType, tags } from "../resource-type.ts";

const KeySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }));
const Throughput = z.strictObject({ ReadCapacityUnits: z.number(), WriteCapacityUnits: z.number() });
const Index = z.strictObject({
  IndexName: z.string(),
  KeySchema,
  Projection: z.strictObject({
    ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]),
    NonKeyAttributes: z.array(z.string()).exactOptional(),
  }),
});

export const dynamodbTable = resourceType(
  "AWS::DynamoDB::Table",
  z.strictObject({
    TableName: z.string().optional(),
    KeySchema,
    AttributeDefinitions: z.array(
      z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) }),
    ),
    BillingMode: z.enum(["PAY_PER_REQUEST", "PROVISIONED"]).default("PROVISIONED"),
    ProvisionedThroughput: Throughput.exactOptional(),
    GlobalSecondaryIndexes: z
      .array(Index.extend({ ProvisionedThroughput: Throughput.exactOptional() }))
      .exactOptional(),
    LocalSecondaryIndexes: z.array(Index).exactOptional(),
    DeletionProtectionEnabled: z.boolean().default(false),
    TableClass: z.enum(["STANDARD", "STANDARD_INFREQUENT_ACCESS"]).default("STANDARD"),
    SSESpecification: z.strictObject({ SSEEnabled: z.boolean(), SSEType: z.literal("KMS").exactOptional() }).optional(),
    StreamSpecification: z
      .strictObject({ StreamViewType: z.enum(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]) })
      .optional(),
    PointInTimeRecoverySpecification: z
      .strictObject({
        PointInTimeRecoveryEnabled: z.boolean(),
        RecoveryPeriodInDays: z.number().exactOptional(),
      })
      .optional(),
    TimeToLiveSpecification: z.strictObject({ AttributeName: z.string(), Enabled: z.boolean() }).optional(),
    ResourcePolicy: z.strictObject({ PolicyDocument: policyDocument }).optional(),
    Tags: tags.exactOptional(),
  }),
  {},
  async (properties, { targets: { dynamodb }, generatedName }) => {
    const {
      TableName = generatedName(255),
      SSESpecification: sse,
      StreamSpecification: stream,
      PointInTimeRecoverySpecification: backups,
      TimeToLiveSpecification: ttl,
      ResourcePolicy: policy,
      ...same
    } = properties;
    await dynamodb.send(
      new CreateTableCommand({
        ...same,
        TableName,
        ...(sse
          ? { SSESpecification: { Enabled: sse.SSEEnabled, ...(sse.SSEType ? { SSEType: sse.SSEType } : {}) } }
          : {}),
        ...(stream ? { StreamSpecification: { StreamEnabled: true, ...stream } } : {}),
      }),
    );
    if (backups)
      await dynamodb.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification: backups }));
    if (ttl) await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: ttl }));
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    const { TableArn = "", LatestStreamArn } = Table ?? {};
    if (policy)
      await dynamodb.send(new PutResourcePolicyCommand({ ResourceArn: TableArn, Policy: policy.PolicyDocument }));
    return {
      ref: TableName,
      attributes: { Arn: TableArn, ...(LatestStreamArn ? { StreamArn: LatestStreamArn } : {}) },
    };
  },
);
