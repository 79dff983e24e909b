/** Everything in an account that a recovery could change, as AWS's own APIs show it: to compare before with after. */
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
  ListTagsOfResourceCommand,
  paginateListTables,
  paginateScan,
} from "@aws-sdk/client-dynamodb";
import {
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  paginateListRoles,
} from "@aws-sdk/client-iam";
import { ListBucketsCommand, ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { paginateGetParametersByPath, SSMClient } from "@aws-sdk/client-ssm";
import type { PocketAws } from "../../../local/pocket-aws.ts";

/** One entry a thing, named by its kind: `table orders`, `role orders-app`, `parameter /orders/read-only`, `bucket …`. */
export type World = Readonly<Record<string, unknown>>;

/**
 * Tables with items, settings and policies (the recoveries table among them), roles with their policies, parameters, and
 * every version of every object. Executions, logs and messages are left out: to have been asked is no change.
 */
export async function worldOf(aws: PocketAws): Promise<World> {
  const config = aws.clientConfig();
  const dynamodb = new DynamoDBClient(config);
  const iam = new IAMClient(config);
  const ssm = new SSMClient(config);
  const s3 = new S3Client(config);
  try {
    return Object.assign(
      {},
      ...(await Promise.all([tables(dynamodb), roles(iam), parameters(ssm), buckets(s3)])),
    ) as World;
  } finally {
    for (const client of [dynamodb, iam, ssm, s3]) client.destroy();
  }
}

async function tables(client: DynamoDBClient): Promise<World> {
  const world: Record<string, unknown> = {};
  for await (const { TableNames = [] } of paginateListTables({ client }, {}))
    for (const TableName of TableNames) world[`table ${TableName}`] = await table(client, TableName);
  return world;
}

async function table(client: DynamoDBClient, TableName: string): Promise<unknown> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const ResourceArn = Table?.TableArn;
  const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
  const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
  const items: unknown[] = [];
  for await (const page of paginateScan({ client }, { TableName, ConsistentRead: true }))
    items.push(...(page.Items ?? []));
  return {
    description: Table,
    items,
    policy: await policy(client, ResourceArn),
    // The rest of its description moves on by itself.
    pointInTimeRecovery: recovery?.PointInTimeRecoveryStatus,
    timeToLive: TimeToLiveDescription,
    tags: Tags,
  };
}

async function policy(client: DynamoDBClient, ResourceArn: string | undefined): Promise<unknown> {
  try {
    const { Policy, RevisionId } = await client.send(new GetResourcePolicyCommand({ ResourceArn }));
    return { Policy, RevisionId };
  } catch (error) {
    if (error instanceof Error && error.name === "PolicyNotFoundException") return undefined;
    throw error;
  }
}

async function roles(client: IAMClient): Promise<World> {
  const world: Record<string, unknown> = {};
  for await (const { Roles = [] } of paginateListRoles({ client }, {}))
    for (const { RoleName, AssumeRolePolicyDocument } of Roles) {
      const { AttachedPolicies = [] } = await client.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      const { PolicyNames = [] } = await client.send(new ListRolePoliciesCommand({ RoleName }));
      const inline: Record<string, unknown> = {};
      for (const PolicyName of PolicyNames)
        inline[PolicyName] = (await client.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument;
      const attached = AttachedPolicies.map(({ PolicyArn = "" }) => PolicyArn).sort();
      world[`role ${RoleName}`] = { trust: AssumeRolePolicyDocument, attached, inline };
    }
  return world;
}

async function parameters(client: SSMClient): Promise<World> {
  const world: Record<string, unknown> = {};
  for await (const { Parameters = [] } of paginateGetParametersByPath({ client }, { Path: "/", Recursive: true }))
    for (const { Name, Type, Value, Version } of Parameters) world[`parameter ${Name}`] = { Type, Value, Version };
  return world;
}

async function buckets(client: S3Client): Promise<World> {
  const world: Record<string, unknown> = {};
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  for (const { Name } of Buckets) {
    const versions: string[] = [];
    let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    while (marker) {
      const page: Awaited<ReturnType<typeof listVersions>> = await listVersions(client, Name, marker);
      for (const { Key, VersionId, ETag } of page.Versions ?? []) versions.push(`${Key} ${VersionId} ${ETag}`);
      for (const { Key, VersionId } of page.DeleteMarkers ?? []) versions.push(`${Key} ${VersionId} deleted`);
      marker = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
    }
    world[`bucket ${Name}`] = versions;
  }
  return world;
}

function listVersions(
  client: S3Client,
  Bucket: string | undefined,
  marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined },
) {
  return client.send(new ListObjectVersionsCommand({ Bucket, ...marker }));
}
