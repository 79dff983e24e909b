import { DescribeLogGroupsCommand, type LogGroup } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTableCommand, type TableDescription } from "@aws-sdk/client-dynamodb";
import { AUDIT_KEPT_DAYS, AUDIT_KEYS } from "../../kit/audit-log/audit-record.ts";
import type { ProtectedTable, RecoveryRequest } from "../contracts.ts";
import type { Aws } from "../runtime/aws.ts";
import { InvalidRequest } from "../runtime/errors.ts";

const DAY_SECONDS = 86_400;
/** Lines must still be there when the queries come to them. */
const READ_WITHIN_SECONDS = 3600;

/** What is asked to know which items were touched is there, and was there when the incident began. */
export async function checkKeySource(
  { keysFrom }: Pick<RecoveryRequest, "keysFrom">,
  table: ProtectedTable,
  { badSince, startedAt }: { readonly badSince: number; readonly startedAt: Date },
  aws: Aws,
): Promise<void> {
  if (keysFrom && "logs" in keysFrom) await checkChangeLogs(table, badSince, startedAt, aws);
  if (keysFrom && "audit" in keysFrom) await checkAuditTable(table, badSince, startedAt, aws);
}

async function checkAuditTable(
  { auditTable, tableName }: ProtectedTable,
  badSince: number,
  startedAt: Date,
  { dynamodb }: Aws,
): Promise<void> {
  const refuse = (problem: string, remedy: string) =>
    new InvalidRequest(`Field "keysFrom.audit" of table "${tableName}" ${problem}: ${remedy}.`);
  const other = 'leave "keysFrom" out, or choose another key source';
  if (auditTable === undefined)
    throw refuse(
      "asks for an audit table, and none is named",
      `deploy an AuditLog of the kit, name its table as "auditTable" in backstitch.config.ts and deploy; or ${other}`,
    );
  const table = await describe(auditTable, dynamodb);
  if (!table)
    throw refuse(`needs audit table "${auditTable}", which is not there`, `correct "auditTable"; or ${other}`);
  if (table.TableStatus !== "ACTIVE" && table.TableStatus !== "UPDATING")
    throw refuse(
      `needs audit table "${auditTable}", which is ${table.TableStatus}`,
      `wait until it is ACTIVE; or ${other}`,
    );
  const keys = table.KeySchema?.map(({ AttributeName }) => AttributeName).join(", ");
  if (keys !== `${AUDIT_KEYS.partition}, ${AUDIT_KEYS.sort}`)
    throw refuse(
      `needs audit table "${auditTable}", whose keys (${keys}) are not those of an AuditLog`,
      `correct "auditTable"; or ${other}`,
    );
  const begins = (table.CreationDateTime?.getTime() ?? 0) / 1000;
  if (Math.floor(begins) > badSince)
    throw refuse(`needs audit records back to ${iso(badSince)}, and the first can be of ${iso(begins)}`, other);
  if (badSince < startedAt.getTime() / 1000 + READ_WITHIN_SECONDS - AUDIT_KEPT_DAYS * DAY_SECONDS)
    throw refuse(
      `needs audit records back to ${iso(badSince)}, and only those of ${AUDIT_KEPT_DAYS} days are sure to be kept`,
      other,
    );
}

async function describe(tableName: string, dynamodb: Aws["dynamodb"]): Promise<TableDescription | undefined> {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName: tableName }))).Table;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

async function checkChangeLogs(table: ProtectedTable, badSince: number, startedAt: Date, aws: Aws): Promise<void> {
  const { changeLogGroups, tableName } = table;
  const refuse = (problem: string, remedy: string) =>
    new InvalidRequest(`Field "keysFrom.logs" of table "${tableName}" ${problem}: ${remedy}.`);
  const other = 'leave "keysFrom" out, or choose another key source';
  if (changeLogGroups.length === 0)
    throw refuse(
      "asks for a change log, and none is named",
      `name its log groups as "changeLogGroups" in backstitch.config.ts and deploy; or ${other}`,
    );
  const groups = await Promise.all(changeLogGroups.map((name) => findGroup(name, aws)));
  for (const [index, group] of groups.entries()) {
    const name = changeLogGroups[index];
    if (!group) throw refuse(`needs log group "${name}", which is not there`, `correct "changeLogGroups"; or ${other}`);
    const { retentionInDays } = group;
    const keptSince =
      startedAt.getTime() / 1000 - (retentionInDays ?? Number.POSITIVE_INFINITY) * DAY_SECONDS + READ_WITHIN_SECONDS;
    if (keptSince > badSince)
      throw refuse(
        `needs log group "${name}" back to ${iso(badSince)}, and it keeps its lines for ${retentionInDays} days only`,
        other,
      );
  }
  const begins = Math.min(...groups.map((group) => (group?.creationTime ?? 0) / 1000));
  // One that is younger may be of a function that was deployed since; that all are means that the log began too late.
  if (Math.floor(begins) > badSince)
    throw refuse(`needs a change log back to ${iso(badSince)}, and the first line can be of ${iso(begins)}`, other);
}

async function findGroup(name: string, { logs }: Aws): Promise<LogGroup | undefined> {
  let nextToken: string | undefined;
  do {
    const page = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: name, ...(nextToken ? { nextToken } : {}) }),
    );
    const group = page.logGroups?.find(({ logGroupName }) => logGroupName === name);
    if (group) return group;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}

function iso(epochSeconds: number): string {
  return `${new Date(epochSeconds * 1000).toISOString().slice(0, 19)}Z`;
}
