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
  return [
    ...(await streamConsumers(aws, table)),
    ...(await kinesisConsumers(aws, descriptor.tableName)),
    ...replicas(descriptor, table),
  ];
}

async function streamConsumers(aws: Aws, table: TableDescription): Promise<string[]> {
  const { StreamSpecification: stream, LatestStreamArn: streamArn } = table;
  if (!stream?.StreamEnabled || !streamArn) return [];
  const found = [`stream (${stream.StreamViewType}): every write of the repair emits a record`];
  let marker: string | undefined;
  do {
    const page = await aws.lambda.send(
      new ListEventSourceMappingsCommand({ EventSourceArn: streamArn, ...(marker ? { Marker: marker } : {}) }),
    );
    for (const { FunctionArn, State } of page.EventSourceMappings ?? [])
      found.push(`trigger ${FunctionArn} (${State}) is called for every write of the repair`);
    marker = page.NextMarker;
  } while (marker);
  return found;
}

/** Nothing flows to these destinations. */
const SILENT: ReadonlySet<string | undefined> = new Set(["DISABLED", "ENABLE_FAILED"]);

async function kinesisConsumers(aws: Aws, tableName: string): Promise<string[]> {
  const { KinesisDataStreamDestinations: destinations = [] } = await aws.dynamodb.send(
    new DescribeKinesisStreamingDestinationCommand({ TableName: tableName }),
  );
  return destinations
    .filter(({ DestinationStatus }) => !SILENT.has(DestinationStatus))
    .map(({ StreamArn }) => `Kinesis stream ${StreamArn} gets a record of every write`);
}

function replicas(descriptor: ProtectedTable, table: TableDescription): string[] {
  const ownRegion = table.TableArn?.split(":")[3];
  const regions = (table.Replicas ?? [])
    .map(({ RegionName }) => RegionName ?? "unknown")
    .filter((region) => region !== ownRegion);
  const open = regions.filter((region) => !descriptor.replicaRegions.includes(region));
  if (open.length > 0)
    throw new InvalidRequest(
      `Field "table" is "${descriptor.tableName}", which has a replica in ${open.join(" and ")} that is not in "replicaRegions" of backstitch.config.ts: writes there would replicate into the frozen table. Freeze it there too and name it.`,
    );
  return regions.map((region) => `global replica ${region}: repairs replicate there, last writer wins`);
}
