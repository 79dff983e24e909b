import { DescribeTableCommand, DescribeTimeToLiveCommand, type TableDescription } from "@aws-sdk/client-dynamodb";
import type { Aws } from "../runtime/aws.ts";
import { InvalidRequest } from "../runtime/errors.ts";

/** The table that a request names, as DynamoDB has it; one that can't be worked on is a bad request. */
export async function describeLiveTable(tableName: string, { dynamodb }: Aws): Promise<TableDescription> {
  try {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
    if (Table?.TableStatus !== "ACTIVE" && Table?.TableStatus !== "UPDATING")
      throw new InvalidRequest(
        `Field "table" is "${tableName}", whose status is ${Table?.TableStatus}: wait until it is ACTIVE.`,
      );
    return Table;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException")
      throw new InvalidRequest(
        `Field "table" is "${tableName}", which is protected but does not exist in this Region: a deleted table is restored under its own name first (aws dynamodb list-backups --backup-type SYSTEM --table-name ${tableName}).`,
        { cause: error },
      );
    throw error;
  }
}

/** The attribute by which items expire, where time to live is on. */
export async function timeToLiveAttribute(tableName: string, { dynamodb }: Aws): Promise<string | undefined> {
  const { TimeToLiveDescription: ttl } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName: tableName }));
  // While it is being switched on or off, items may be deleted already, or still.
  return ttl?.TimeToLiveStatus === "DISABLED" ? undefined : ttl?.AttributeName;
}
