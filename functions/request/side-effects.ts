import { DescribeKinesisStreamingDestinationCommand, type TableDescription } from "@aws-sdk/client-dynamodb";
import { ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import type { ProtectedTable } from "../contracts.ts";
import type { Aws } from "../runtime/aws.ts";
import { InvalidRequest } from "../runtime/errors.ts";

/** What every write of the repair sets off beside the table itself; a replica that nobody freezes is refused. */
export async function findSideEffects(
  aws: Aws,
  descriptor: ProtectedTable,
  table: TableDescription,
): Promise<string[]> {
  const found: string[] = [];
  if (table.StreamSpecification?.StreamEnabled && table.LatestStreamArn) {
    found.push(`stream (${table.StreamSpecification.StreamViewType}): every write of the repair emits a record`);
    const { EventSourceMappings } = await aws.lambda.send(
      new ListEventSourceMappingsCommand({ EventSourceArn: table.LatestStreamArn }),
    );
    for (const mapping of EventSourceMappings ?? [])
      found.push(`trigger ${mapping.FunctionArn} (${mapping.State}) is called for every write of the repair`);
  }
  const { KinesisDataStreamDestinations } = await aws.dynamodb.send(
    new DescribeKinesisStreamingDestinationCommand({ TableName: descriptor.tableName }),
  );
  for (const destination of KinesisDataStreamDestinations ?? [])
    if (destination.DestinationStatus === "ACTIVE")
      found.push(`Kinesis stream ${destination.StreamArn} gets a record of every write`);
  for (const replica of table.Replicas ?? []) {
    const region = replica.RegionName ?? "unknown";
    if (!descriptor.replicaRegions.includes(region))
      throw new InvalidRequest(
        `Field "table" is "${descriptor.tableName}", which has a replica in ${region} that is not in "replicaRegions" of backstitch.config.ts: writes there would replicate into the frozen table. Freeze it too and name it.`,
      );
    found.push(`global replica ${region}: repairs replicate there, last writer wins`);
  }
  return found;
}
