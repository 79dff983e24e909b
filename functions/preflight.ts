import { DescribeTableCommand, DescribeTimeToLiveCommand, type TableDescription } from "@aws-sdk/client-dynamodb";
import { RecoveryId, type RecoveryRequest, type StepInput, type StepOutput } from "./contracts.ts";
import { InvalidKeyError, type KeySchema, typedKey } from "./items/key.ts";
import { checkGuards } from "./read-only/check-guards.ts";
import { parseRequest } from "./request/parse-request.ts";
import { findProtectedTable } from "./request/protected-tables.ts";
import { checkRestoreWindow, incidentTimes } from "./request/restore-window.ts";
import { findSideEffects } from "./request/side-effects.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { InvalidRequest, TableLocked } from "./runtime/errors.ts";
import type { Recovery } from "./runtime/recovery.ts";
import { step } from "./runtime/step.ts";

/** Finds what would fail later, and changes nothing before everything is known to be right. */
export async function preflight(input: StepInput<"Preflight">, deps: Dependencies): Promise<StepOutput<"Preflight">> {
  try {
    const { recovery, request } = await examine(input, deps);
    await begin(recovery, request, deps);
    return {
      table: recovery.table.tableName,
      mode: request.mode,
      freeze: recovery.guards.length === 0 || request.readOnly === "none" ? "never" : request.readOnly.when,
      approvalTimeoutSeconds: Math.round(request.approval.timeoutHours * 3600),
      approvalOnTimeout: request.approval.onTimeout,
      concurrency: request.concurrency,
    };
  } catch (error) {
    if (error instanceof InvalidRequest || error instanceof TableLocked)
      error.message = `${error.message} ${again(input)}`;
    throw error;
  }
}

function again({ recoveryId }: StepInput<"Preflight">): string {
  return `Nothing was changed. Choose "New execution" to try again: the name "${recoveryId}" is used up for 90 days.`;
}

/** Reads alone. */
async function examine(input: StepInput<"Preflight">, deps: Dependencies) {
  const { aws, environment } = deps;
  if (!RecoveryId.safeParse(input.recoveryId).success)
    throw new InvalidRequest(
      `The execution's name is "${input.recoveryId}": it must be 1 to 80 of 0-9 A-Z a-z - and _, since tables and objects are named after it.`,
    );
  const request = parseRequest(input.request);
  const startedAt = new Date(input.startTime);
  const times = incidentTimes(request, startedAt);
  const descriptor = await findProtectedTable(aws.ssm, environment.TABLES_PATH, request.table);
  const table = await describe(request.table, deps);
  const keySchema = keySchemaOf(table);
  checkKeys(request, keySchema);
  checkAttributes(request, keySchema);
  await checkRestoreWindow(aws, request.table, times.restoreDateTime);
  const { TimeToLiveDescription } = await aws.dynamodb.send(
    new DescribeTimeToLiveCommand({ TableName: request.table }),
  );
  const { keys: _inline, ...rest } = request;
  const recovery: Recovery = {
    recoveryId: input.recoveryId,
    executionArn: input.executionArn,
    startedAt: startedAt.toISOString(),
    table: descriptor,
    tableArn: table.TableArn ?? "",
    tableId: table.TableId ?? "",
    keySchema,
    ...(TimeToLiveDescription?.TimeToLiveStatus === "ENABLED" && TimeToLiveDescription.AttributeName
      ? { ttlAttribute: TimeToLiveDescription.AttributeName }
      : {}),
    request: rest,
    keySource: request.keysFrom ? ("s3" in request.keysFrom ? "s3" : "partition") : "list",
    evidence: "restore",
    ...times,
    guards: guardsOf(request, descriptor),
    sideEffects: await findSideEffects(aws, descriptor, table),
  };
  await checkGuards(recovery, deps);
  return { recovery, request };
}

/** The first write of a recovery: lock, record, request. A retry finds what the first try left and goes on. */
async function begin(recovery: Recovery, request: RecoveryRequest, deps: Dependencies): Promise<void> {
  const { recoveryId, executionArn, table } = recovery;
  const now = deps.now();
  // A plan reads only, so it may run beside a recovery of the same table.
  if (request.mode === "repair")
    await deps.recoveries.acquireLock(table.tableName, { recoveryId, executionArn, acquiredAt: now.toISOString() });
  await deps.recoveries.putOnce(recoveryId, "recovery", recovery);
  await deps.artifacts.putJson(recoveryId, "request.json", request);
  await deps.recoveries.setStatus(recoveryId, now, {
    state: "started",
    table: table.tableName,
    startedAt: recovery.startedAt,
  });
}

async function describe(tableName: string, { aws }: Dependencies): Promise<TableDescription> {
  try {
    const { Table } = await aws.dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
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

export function keySchemaOf(table: TableDescription): KeySchema {
  const types = new Map((table.AttributeDefinitions ?? []).map((a) => [a.AttributeName, a.AttributeType]));
  return {
    attributes: (table.KeySchema ?? []).map(({ AttributeName = "", KeyType }) => ({
      name: AttributeName,
      type: types.get(AttributeName) ?? "S",
      role: KeyType === "RANGE" ? "RANGE" : "HASH",
    })),
  };
}

function checkKeys(request: RecoveryRequest, keySchema: KeySchema): void {
  request.keys?.forEach((key, index) => {
    try {
      typedKey(key, keySchema);
    } catch (error) {
      if (error instanceof InvalidKeyError)
        throw new InvalidRequest(`Field "keys.${index}" is ${JSON.stringify(key)}: ${error.message}`, { cause: error });
      throw error;
    }
  });
  const partition = request.keysFrom && "partition" in request.keysFrom ? request.keysFrom.partition : undefined;
  const range = keySchema.attributes.find((attribute) => attribute.role === "RANGE");
  if (partition && !range && (partition.sortKeyPrefix !== undefined || partition.sortKeyBetween))
    throw new InvalidRequest(
      `Field "keysFrom.partition" names a stretch of the sort key, but table "${request.table}" has no sort key: leave sortKeyPrefix and sortKeyBetween out.`,
    );
  if (partition?.sortKeyPrefix !== undefined && range && range.type === "N")
    throw new InvalidRequest(
      `Field "keysFrom.partition.sortKeyPrefix" is "${partition.sortKeyPrefix}", but the sort key "${range.name}" is a number: give "sortKeyBetween" instead.`,
    );
}

function checkAttributes(request: RecoveryRequest, keySchema: KeySchema): void {
  const keyNames = new Set(keySchema.attributes.map(({ name }) => name));
  for (const name of request.attributes?.only ?? [])
    if (keyNames.has(name))
      throw new InvalidRequest(
        `Field "attributes.only" has "${name}", which is a key attribute: keys never change. Leave it out.`,
      );
  for (const [index, group] of (request.groups ?? []).entries())
    for (const name of group.revert ?? [])
      if (!group.attributes.includes(name))
        throw new InvalidRequest(
          `Field "groups.${index}.revert" has "${name}", which is not among the group's attributes (${group.attributes.join(", ")}): take it out or add it there.`,
        );
}

function guardsOf(request: RecoveryRequest, descriptor: Recovery["table"]): Recovery["guards"] {
  if (request.mode === "plan" || request.readOnly === "none") return [];
  const asked = request.readOnly.guards;
  const unknown = asked?.find((guard) => !descriptor.guards.includes(guard));
  if (unknown)
    throw new InvalidRequest(
      `Field "readOnly.guards" has "${unknown}", which is not set up for table "${descriptor.tableName}" (it has ${descriptor.guards.join(", ")}): leave it out or add it in backstitch.config.ts.`,
    );
  const guards = asked ?? descriptor.guards;
  // Tenants alone are frozen by the guards that can; iam-deny knows the whole table only.
  const scoped = request.tenants ? guards.filter((guard) => guard !== "iam-deny") : guards;
  if (request.tenants && !descriptor.tenantKey)
    throw new InvalidRequest(
      `Field "tenants" is ${JSON.stringify(request.tenants)}, but backstitch.config.ts has no "tenantKey" for table "${descriptor.tableName}": nobody can tell whose item is whose. Leave "tenants" out or add tenantKey.`,
    );
  if (scoped.length === 0)
    throw new InvalidRequest(
      `Field "tenants" is ${JSON.stringify(request.tenants)}, but the only guard of table "${descriptor.tableName}" is iam-deny, which freezes the whole table only: leave "tenants" out, or write "readOnly": "none".`,
    );
  return scoped;
}

export const handler = step("Preflight", preflight);
