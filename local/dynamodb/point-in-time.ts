import { AwsError, type Caller } from "../service.ts";
import type { Item } from "./attribute-value.ts";
import { type ControlPlaneRequest, controlPlaneRequest } from "./control-plane-requests.ts";
import type { EngineIndex, EngineTable } from "./engine.ts";
import type { Actions, Input, Output, Parts } from "./parts.ts";
import { describeTable, plainSettings } from "./table-actions.ts";
import { Table } from "./tables.ts";

const DAY_MS = 86_400_000;
/** "You can have up to 50 concurrent restores." */
const MAX_CONCURRENT_RESTORES = 50;
const LOAD_PAGE = 500;
/** "Users require […] the following permissions on the target table" to restore one. */
const TARGET_ACTIONS = ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"] as const;

type RestoreRequest = ControlPlaneRequest<"RestoreTableToPointInTime">;

/** DescribeContinuousBackups, UpdateContinuousBackups, RestoreTableToPointInTime. */
export function pointInTimeActions(parts: Parts): Actions {
  return {
    DescribeContinuousBackups: (caller, input) => {
      const { TableName } = controlPlaneRequest("DescribeContinuousBackups", input);
      parts.authorization.authorize({ caller, action: "DescribeContinuousBackups", table: TableName });
      return describeContinuousBackups(parts, existingForBackup(parts, TableName));
    },
    UpdateContinuousBackups: (caller, input) => updateContinuousBackups(parts, caller, input),
    RestoreTableToPointInTime: (caller, input) => restoreTable(parts, caller, input),
  };
}

/** Whether a restored table is still being filled, by the conditions of this moment. */
export function isRestoring(table: Table, nowMs: number, restoreMs: number): boolean {
  const progress = table.restore;
  if (progress === undefined || progress.finished) return false;
  progress.finished = progress.loaded && nowMs - progress.startedMs >= restoreMs;
  return !progress.finished;
}

function updateContinuousBackups(parts: Parts, caller: Caller, input: Input): Output {
  const { TableName, PointInTimeRecoverySpecification: wanted } = controlPlaneRequest("UpdateContinuousBackups", input);
  parts.authorization.authorize({ caller, action: "UpdateContinuousBackups", table: TableName });
  const table = existingForBackup(parts, TableName);
  if (parts.tables.isCreating(table))
    throw new AwsError(
      "ContinuousBackupsUnavailableException",
      `Backups are being enabled for the table: ${TableName}. Please retry later`,
    );
  const { settings } = table;
  if (!wanted.PointInTimeRecoveryEnabled) settings.recoverableSinceMs = undefined;
  else {
    settings.recoverableSinceMs ??= parts.now();
    settings.recoveryPeriodInDays = wanted.RecoveryPeriodInDays ?? settings.recoveryPeriodInDays;
  }
  return describeContinuousBackups(parts, table);
}

function describeContinuousBackups(parts: Parts, table: Table): Output {
  const window = restorableWindow(parts, table);
  return {
    ContinuousBackupsDescription: {
      // Always: the switch is the status inside.
      ContinuousBackupsStatus: "ENABLED",
      PointInTimeRecoveryDescription:
        window === undefined
          ? { PointInTimeRecoveryStatus: "DISABLED" }
          : {
              PointInTimeRecoveryStatus: "ENABLED",
              RecoveryPeriodInDays: table.settings.recoveryPeriodInDays,
              EarliestRestorableDateTime: window.earliest,
              LatestRestorableDateTime: window.latest,
            },
    },
  };
}

/** Whole seconds. The earliest is rounded up: everything that was there when recovery was switched on is in it. */
export function restorableWindow(parts: Parts, table: Table): { earliest: number; latest: number } | undefined {
  const since = table.settings.recoverableSinceMs;
  if (since === undefined) return undefined;
  const earliestMs = Math.max(since, parts.now() - table.settings.recoveryPeriodInDays * DAY_MS);
  return {
    earliest: Math.ceil(earliestMs / 1000),
    latest: Math.floor((parts.now() - parts.conditions.latestRestorableLagMs) / 1000),
  };
}

async function restoreTable(parts: Parts, caller: Caller, input: Input): Promise<Output> {
  const request = controlPlaneRequest("RestoreTableToPointInTime", input);
  const sourceName = sourceOf(parts, request);
  parts.authorization.authorize({ caller, action: "RestoreTableToPointInTime", table: sourceName });
  for (const action of TARGET_ACTIONS)
    parts.authorization.authorize({ caller, action, table: request.TargetTableName });
  const source = parts.tables.find(sourceName);
  if (source === undefined) throw new AwsError("TableNotFoundException", `Source table not found: ${sourceName}`);
  const second = restoreSecond(parts, source, request);
  refuseTarget(parts, request.TargetTableName);
  const nowMs = parts.now();
  const target = new Table(
    request.TargetTableName,
    parts.authorization.tableArn(request.TargetTableName),
    nowMs,
    restoredSchema(source.engine, request),
    {
      // Tags, TTL, recovery, streams, policies and deletion protection do not come along, nor does the table class.
      ...plainSettings(),
      billingMode: request.BillingModeOverride ?? source.settings.billingMode,
      throughput:
        request.BillingModeOverride === "PAY_PER_REQUEST"
          ? undefined
          : (request.ProvisionedThroughputOverride ?? source.settings.throughput),
      encryption: request.SSESpecificationOverride ?? source.settings.encryption,
    },
  );
  target.restore = {
    sourceArn: source.arn,
    restoreDateTime: second,
    startedMs: nowMs,
    loaded: false,
    finished: false,
  };
  parts.tables.add(target);
  // A restore ends where its second begins: a write at 12:00:00.000 is in a restore to 12:00:00, one at 12:00:00.001 is not.
  parts.journal.copyStateAt({ tableId: source.id, atMs: second * 1000 }, target.id, parts.journal.tick(nowMs));
  await parts.engine.create(target.engine);
  loadInBackground(parts, target);
  return { TableDescription: describeTable(parts, target) };
}

function sourceOf(parts: Parts, request: RestoreRequest): string {
  if ((request.SourceTableName === undefined) === (request.SourceTableArn === undefined))
    throw new AwsError("ValidationException", "Exactly one of SourceTableName and SourceTableArn must be given");
  if (request.SourceTableName !== undefined) return request.SourceTableName;
  const name = parts.authorization.tableNameIn(request.SourceTableArn ?? "");
  if (name === undefined)
    throw new AwsError(
      "ValidationException",
      `${request.SourceTableArn} is not the ARN of a table of this account and Region`,
    );
  return name;
}

function restoreSecond(parts: Parts, source: Table, request: RestoreRequest): number {
  if ((request.RestoreDateTime === undefined) === (request.UseLatestRestorableTime !== true))
    throw new AwsError(
      "ValidationException",
      "Exactly one of RestoreDateTime and UseLatestRestorableTime must be given",
    );
  const window = restorableWindow(parts, source);
  if (window === undefined)
    throw new AwsError(
      "PointInTimeRecoveryUnavailableException",
      `Point in time recovery is not enabled for table '${source.name}'`,
    );
  const second = request.RestoreDateTime === undefined ? window.latest : Math.floor(request.RestoreDateTime);
  if (second < window.earliest || second > window.latest)
    throw new AwsError(
      "InvalidRestoreTimeException",
      `The restore time ${iso(second)} is not between EarliestRestorableDateTime ${iso(window.earliest)} and LatestRestorableDateTime ${iso(window.latest)}`,
    );
  return second;
}

function refuseTarget(parts: Parts, name: string): void {
  const existing = parts.tables.find(name);
  if (existing !== undefined && parts.tables.isCreating(existing))
    throw new AwsError("TableInUseException", `Target table is being created: ${name}`);
  if (existing !== undefined) throw new AwsError("TableAlreadyExistsException", `Table already exists: ${name}`);
  const running = parts.tables.all().filter((table) => parts.tables.isCreating(table)).length;
  if (running >= MAX_CONCURRENT_RESTORES)
    throw new AwsError("LimitExceededException", `Only ${MAX_CONCURRENT_RESTORES} restores can run at the same time`);
}

function restoredSchema(source: EngineTable, request: RestoreRequest): Omit<EngineTable, "TableName" | "TableStatus"> {
  const global = restoredIndexes(source.GlobalSecondaryIndexes, request.GlobalSecondaryIndexOverride);
  const local = restoredIndexes(source.LocalSecondaryIndexes, request.LocalSecondaryIndexOverride);
  const keys = new Set([source, ...global, ...local].flatMap((of) => of.KeySchema.map((key) => key.AttributeName)));
  return {
    AttributeDefinitions: source.AttributeDefinitions.filter((definition) => keys.has(definition.AttributeName)),
    KeySchema: source.KeySchema,
    ...(global.length === 0 ? {} : { GlobalSecondaryIndexes: global }),
    ...(local.length === 0 ? {} : { LocalSecondaryIndexes: local }),
  };
}

/** "The indexes provided should match existing secondary indexes. You can choose to exclude some or all." */
function restoredIndexes(
  existing: readonly EngineIndex[] = [],
  override: readonly { readonly IndexName: string }[] | undefined,
): readonly EngineIndex[] {
  if (override === undefined) return existing;
  return override.map(({ IndexName }) => {
    const index = existing.find((candidate) => candidate.IndexName === IndexName);
    if (index === undefined)
      throw new AwsError("ValidationException", `The source table has no index ${IndexName} to be restored`);
    return index;
  });
}

/** Lets other requests in between: a restore must not stop the table that it is taken from. */
function loadInBackground(parts: Parts, target: Table): void {
  const pages = parts.journal.stateAt(target.id, Number.MAX_SAFE_INTEGER, LOAD_PAGE);
  const loadNext = async (): Promise<void> => {
    const page = pages.next();
    if (page.done === true) {
      if (target.restore !== undefined) target.restore.loaded = true;
      return;
    }
    const items = page.value.map(({ keyText, imageJson }) => ({ keyText, item: JSON.parse(imageJson) as Item }));
    await parts.engine.load(target.engine, items);
    target.itemCount += page.value.length;
    await new Promise((resolve) => setImmediate(resolve));
    return loadNext();
  };
  target.loading = loadNext();
}

function existingForBackup(parts: Parts, name: string): Table {
  const table = parts.tables.find(name);
  if (table === undefined) throw new AwsError("TableNotFoundException", `Table not found: ${name}`);
  return table;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
