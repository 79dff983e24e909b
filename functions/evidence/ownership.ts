import {
  DescribeTableCommand,
  ListTagsOfResourceCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  TagResourceCommand,
} from "@aws-sdk/client-dynamodb";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { readRestoredTable } from "./evidence-record.ts";
import { ownerOf, type WantedTable } from "./restored-tables.ts";

const RECOVERY_TAG = "backstitch:recoveryId";
const EXPIRES_TAG = "backstitch:expires";

/** As long as a failed execution can be redriven (14 days): a late approver still finds the evidence. */
const KEPT_FOR_MS = 14 * 24 * 3600 * 1000;

/** The table of this name, or undefined. */
export async function describeTable(tableName: string, deps: Dependencies): Promise<TableDescription | undefined> {
  try {
    const { Table } = await deps.aws.dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
    return Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Why this table is not one that this recovery restored; undefined if it is. Names prove nothing: anybody can give them. */
export async function foreignBecause(
  table: TableDescription,
  wanted: WantedTable,
  recovery: Recovery,
  deps: Dependencies,
): Promise<string | undefined> {
  const { SourceTableArn, SourceBackupArn, RestoreDateTime } = table.RestoreSummary ?? {};
  const owner = ownerOf(recovery);
  if (table.TableName === recovery.table.tableName) return "it is the live table";
  if (!RestoreDateTime) return "it was not restored from anything";
  if (SourceTableArn !== recovery.tableArn) return `it was restored from ${SourceTableArn ?? "a backup"}`;
  if (SourceBackupArn !== wanted.backupArn)
    return `it was restored from ${SourceBackupArn ? `backup ${SourceBackupArn}` : "no backup"}`;
  // Of a backup this is the time at which it was made.
  if (wanted.backupArn === undefined && Math.floor(RestoreDateTime.getTime() / 1000) !== wanted.restoreDateTime)
    return `it was restored to ${RestoreDateTime.toISOString()}`;
  const tagged = (await readTags(table, deps)).get(RECOVERY_TAG);
  if (tagged !== undefined) return tagged === owner ? undefined : `its tag ${RECOVERY_TAG} says "${tagged}"`;
  // No tag: the earlier try ended between the restore and the tagging. Only our own record of having asked speaks for us.
  const record = await readRestoredTable(owner, wanted.role, deps);
  return record?.requestedAt ? undefined : "it has no tag of Backstitch and this recovery did not ask for it";
}

/** Tags a restored table, unless it is tagged; DynamoDB may refuse while it is being created, so this is tried again. */
export async function tagRestoredTable(table: TableDescription, recovery: Recovery, deps: Dependencies): Promise<void> {
  try {
    if ((await readTags(table, deps)).has(RECOVERY_TAG)) return;
    const expires = new Date(deps.now().getTime() + KEPT_FOR_MS);
    await deps.aws.dynamodb.send(
      new TagResourceCommand({
        ResourceArn: table.TableArn,
        Tags: [
          { Key: RECOVERY_TAG, Value: recovery.recoveryId },
          { Key: EXPIRES_TAG, Value: expires.toISOString() },
        ],
      }),
    );
  } catch (error) {
    const tooEarly = error instanceof ResourceInUseException || error instanceof ResourceNotFoundException;
    if (!tooEarly || table.TableStatus === "ACTIVE") throw error;
  }
}

/** Until when a restored table is kept: by its tag, or, where it was not tagged any more, by when it was asked for. */
export async function expiryOf(
  table: TableDescription,
  requestedAt: string | undefined,
  deps: Dependencies,
): Promise<Date | undefined> {
  const tag = Date.parse((await readTags(table, deps)).get(EXPIRES_TAG) ?? "");
  if (!Number.isNaN(tag)) return new Date(tag);
  return requestedAt === undefined ? undefined : new Date(Date.parse(requestedAt) + KEPT_FOR_MS);
}

async function readTags(table: TableDescription, deps: Dependencies): Promise<Map<string, string>> {
  const tags = new Map<string, string>();
  let token: string | undefined;
  try {
    do {
      const page = await deps.aws.dynamodb.send(
        new ListTagsOfResourceCommand({ ResourceArn: table.TableArn, ...(token ? { NextToken: token } : {}) }),
      );
      for (const { Key, Value } of page.Tags ?? []) if (Key !== undefined) tags.set(Key, Value ?? "");
      token = page.NextToken;
    } while (token);
  } catch (error) {
    // "The resource might not be specified correctly, or its status might not be ACTIVE": it has no tags yet, then.
    if (!(error instanceof ResourceNotFoundException) || table.TableStatus === "ACTIVE") throw error;
  }
  return tags;
}
