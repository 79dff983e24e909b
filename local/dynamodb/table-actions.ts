import { AwsError, type Caller } from "../service.ts";
import { controlPlaneRequest } from "./control-plane-requests.ts";
import type { EngineIndex, EngineTable } from "./engine.ts";
import type { Actions, Input, Output, Parts } from "./parts.ts";
import { createWithPolicy } from "./resource-policies.ts";
import { changeStream, newStream, streamArn } from "./streams/table-stream.ts";
import { Table, type TableSettings } from "./tables.ts";

/** CreateTable, DescribeTable, ListTables, UpdateTable, DeleteTable. */
export function tableActions(parts: Parts): Actions {
  return {
    CreateTable: (caller, input) => createTable(parts, caller, input),
    DescribeTable: (caller, input) => {
      const { TableName } = controlPlaneRequest("DescribeTable", input);
      parts.authorization.authorize({ caller, action: "DescribeTable", table: TableName });
      return { Table: describeTable(parts, parts.tables.existing(TableName)) };
    },
    ListTables: (caller, input) => listTables(parts, caller, input),
    UpdateTable: (caller, input) => updateTable(parts, caller, input),
    DeleteTable: (caller, input) => deleteTable(parts, caller, input),
  };
}

async function createTable(parts: Parts, caller: Caller, input: Input): Promise<Output> {
  const request = controlPlaneRequest("CreateTable", input);
  parts.authorization.authorize({ caller, action: "CreateTable", table: request.TableName });
  checkSchema(parts, request);
  refuseExisting(parts, request.TableName);
  const { GlobalSecondaryIndexes, LocalSecondaryIndexes, AttributeDefinitions, KeySchema } = request;
  const recovery = request.PointInTimeRecoverySpecification;
  const nowMs = parts.now();
  const table = new Table(
    request.TableName,
    parts.authorization.tableArn(request.TableName),
    nowMs,
    {
      AttributeDefinitions,
      KeySchema,
      ...(GlobalSecondaryIndexes === undefined
        ? {}
        : { GlobalSecondaryIndexes: GlobalSecondaryIndexes as EngineIndex[] }),
      ...(LocalSecondaryIndexes === undefined ? {} : { LocalSecondaryIndexes: LocalSecondaryIndexes as EngineIndex[] }),
    },
    {
      ...plainSettings(),
      billingMode: request.BillingMode ?? "PROVISIONED",
      throughput: request.ProvisionedThroughput,
      deletionProtection: request.DeletionProtectionEnabled ?? false,
      tableClass: request.TableClass,
      encryption: request.SSESpecification,
      stream: newStream(request.StreamSpecification, nowMs),
      tags: new Map((request.Tags ?? []).map((tag) => [tag.Key, tag.Value])),
      recoverableSinceMs: recovery?.PointInTimeRecoveryEnabled ? nowMs : undefined,
      recoveryPeriodInDays: recovery?.RecoveryPeriodInDays ?? 35,
    },
  );
  if (request.ResourcePolicy !== undefined) createWithPolicy(table, request.ResourcePolicy);
  parts.tables.add(table);
  await parts.engine.create(table.engine);
  return { TableDescription: describeTable(parts, table) };
}

/** What a table has when nothing is said. */
export function plainSettings(): TableSettings {
  return {
    billingMode: "PAY_PER_REQUEST",
    throughput: undefined,
    deletionProtection: false,
    tableClass: undefined,
    encryption: undefined,
    stream: undefined,
    tags: new Map(),
    timeToLive: undefined,
    recoverableSinceMs: undefined,
    recoveryPeriodInDays: 35,
    kinesisStreamArns: [],
  };
}

export function refuseExisting(parts: Parts, name: string): void {
  if (parts.tables.find(name) !== undefined)
    throw new AwsError("ResourceInUseException", `Table already exists: ${name}`);
}

function checkSchema(parts: Parts, request: Input): void {
  const members = [
    "TableName",
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
  ];
  parts.engine.check(
    "CreateTable",
    Object.fromEntries(
      members
        .filter((member) => request[member] !== undefined)
        .map((member) => [member, structuredClone(request[member])]),
    ),
  );
}

function listTables(parts: Parts, caller: Caller, input: Input): Output {
  const { ExclusiveStartTableName: after = "", Limit = 100 } = controlPlaneRequest("ListTables", input);
  parts.authorization.authorizeResource(caller, "ListTables", "*");
  const names = parts.tables.names().filter((name) => name > after);
  const page = names.slice(0, Limit);
  return { TableNames: page, ...(names.length > Limit ? { LastEvaluatedTableName: page.at(-1) } : {}) };
}

function updateTable(parts: Parts, caller: Caller, input: Input): Output {
  const request = controlPlaneRequest("UpdateTable", input);
  parts.authorization.authorize({ caller, action: "UpdateTable", table: request.TableName });
  const table = parts.tables.existing(request.TableName);
  if (parts.tables.isCreating(table)) throw inUse(table, "created");
  if (request.DeletionProtectionEnabled === undefined && request.StreamSpecification === undefined)
    throw new AwsError(
      "ValidationException",
      "At least one of DeletionProtectionEnabled or StreamSpecification is required; the pocket AWS updates nothing else",
    );
  if (request.DeletionProtectionEnabled !== undefined)
    table.settings.deletionProtection = request.DeletionProtectionEnabled;
  if (request.StreamSpecification !== undefined) changeStream(parts, table, request.StreamSpecification);
  return { TableDescription: describeTable(parts, table) };
}

async function deleteTable(parts: Parts, caller: Caller, input: Input): Promise<Output> {
  const { TableName } = controlPlaneRequest("DeleteTable", input);
  parts.authorization.authorize({ caller, action: "DeleteTable", table: TableName });
  const table = parts.tables.existing(TableName);
  if (parts.tables.isCreating(table)) throw inUse(table, "created");
  if (table.settings.deletionProtection)
    throw new AwsError(
      "ValidationException",
      `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`,
    );
  const description = { ...describeTable(parts, table), TableStatus: "DELETING" };
  parts.tables.remove(table);
  await parts.engine.drop(table.engine);
  parts.journal.forget(table.id);
  return { TableDescription: description };
}

function inUse(table: Table, what: string): AwsError {
  return new AwsError(
    "ResourceInUseException",
    `Attempt to change a resource which is still in use: Table is being ${what}: ${table.name}`,
  );
}

/** The table as DescribeTable shows it. */
export function describeTable(parts: Parts, table: Table): Output {
  const { settings, engine, restore } = table;
  const status = parts.tables.isCreating(table) ? "CREATING" : "ACTIVE";
  const size = table.shownSize(parts.now());
  return {
    TableName: table.name,
    TableArn: table.arn,
    TableId: table.id,
    TableStatus: status,
    CreationDateTime: table.createdMs / 1000,
    AttributeDefinitions: engine.AttributeDefinitions,
    KeySchema: engine.KeySchema,
    ItemCount: size.count,
    TableSizeBytes: size.bytes,
    ProvisionedThroughput: {
      NumberOfDecreasesToday: 0,
      ...(settings.throughput ?? { ReadCapacityUnits: 0, WriteCapacityUnits: 0 }),
    },
    ...(settings.billingMode === "PAY_PER_REQUEST"
      ? {
          BillingModeSummary: {
            BillingMode: "PAY_PER_REQUEST",
            LastUpdateToPayPerRequestDateTime: table.createdMs / 1000,
          },
        }
      : {}),
    DeletionProtectionEnabled: settings.deletionProtection,
    ...(settings.tableClass === undefined ? {} : { TableClassSummary: { TableClass: settings.tableClass } }),
    ...encryptionOf(settings),
    ...(settings.stream === undefined
      ? {}
      : {
          StreamSpecification: { StreamEnabled: true, StreamViewType: settings.stream.view },
          LatestStreamLabel: settings.stream.label,
          LatestStreamArn: streamArn(table, settings.stream),
        }),
    ...indexesOf(table, engine, status),
    ...(restore === undefined
      ? {}
      : {
          RestoreSummary: {
            ...(restore.backupArn === undefined ? {} : { SourceBackupArn: restore.backupArn }),
            SourceTableArn: restore.sourceArn,
            RestoreDateTime: restore.restoreDateTime,
            RestoreInProgress: status === "CREATING",
          },
        }),
  };
}

function encryptionOf(settings: TableSettings): Output {
  if (settings.encryption?.Enabled !== true) return {};
  const key = settings.encryption.KMSMasterKeyId;
  return {
    SSEDescription: {
      Status: "ENABLED",
      SSEType: settings.encryption.SSEType ?? "KMS",
      ...(key === undefined ? {} : { KMSMasterKeyArn: key }),
    },
  };
}

function indexesOf(table: Table, engine: EngineTable, status: string): Output {
  const described = (index: EngineIndex) => ({
    ...index,
    IndexArn: `${table.arn}/index/${index.IndexName}`,
    IndexSizeBytes: 0,
    ItemCount: 0,
  });
  return {
    ...(engine.GlobalSecondaryIndexes === undefined
      ? {}
      : {
          GlobalSecondaryIndexes: engine.GlobalSecondaryIndexes.map((index) => ({
            ...described(index),
            IndexStatus: status,
          })),
        }),
    ...(engine.LocalSecondaryIndexes === undefined
      ? {}
      : { LocalSecondaryIndexes: engine.LocalSecondaryIndexes.map(described) }),
  };
}
