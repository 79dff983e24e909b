import { AwsError, type Caller } from "../service.ts";
import type { Item } from "./attribute-value.ts";
import type { ControlPlaneRequest } from "./control-plane-requests.ts";
import type { EngineIndex, EngineTable } from "./engine.ts";
import type { Output, Parts } from "./parts.ts";
import { describeTable, plainSettings } from "./table-actions.ts";
import { Table } from "./tables.ts";

/** "You can have up to 50 concurrent restores." */
const MAX_CONCURRENT_RESTORES = 50;
const LOAD_PAGE = 500;
/** "Users require […] the following permissions on the target table" to restore one. */
const TARGET_ACTIONS = ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"] as const;

/** What every kind of restore is asked: the target, and what shall differ from the source. */
type RestoreRequest = Pick<
  ControlPlaneRequest<"RestoreTableFromBackup">,
  | "TargetTableName"
  | "BillingModeOverride"
  | "ProvisionedThroughputOverride"
  | "GlobalSecondaryIndexOverride"
  | "LocalSecondaryIndexOverride"
  | "SSESpecificationOverride"
>;

/** A moment of a table's past; with `upToSequence`, in the middle of its millisecond. */
export interface Moment {
  readonly atMs: number;
  readonly upToSequence?: number;
}

/** Whoever restores needs to be allowed to read and write the table that comes of it. */
export function authorizeTarget(parts: Parts, caller: Caller, target: string): void {
  for (const action of TARGET_ACTIONS) parts.authorization.authorize({ caller, action, table: target });
}

/** Makes a table with the content that another one had at a moment, and fills it in the background. */
export async function restoreTable(
  parts: Parts,
  source: Table,
  request: RestoreRequest,
  moment: Moment,
  origin: { readonly restoreDateTime: number; readonly backupArn?: string },
): Promise<Output> {
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
  target.restore = { sourceArn: source.arn, ...origin, startedMs: nowMs, loaded: false, finished: false };
  parts.tables.add(target);
  const journalled = { tableId: source.id, ...moment };
  target.sizeBytes = parts.journal.copyStateAt(journalled, target.id, parts.journal.tick(nowMs));
  parts.statistics.countRestore(source.name, target.sizeBytes);
  await parts.engine.create(target.engine);
  loadInBackground(parts, target);
  return describeTable(parts, target);
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
