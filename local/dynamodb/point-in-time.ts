import { AwsError, type Caller } from "../service.ts";
import { type ControlPlaneRequest, controlPlaneRequest } from "./control-plane-requests.ts";
import type { Actions, Input, Output, Parts } from "./parts.ts";
import { authorizeTarget, restoreTable } from "./restores.ts";
import type { Table } from "./tables.ts";

const DAY_MS = 86_400_000;

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
    RestoreTableToPointInTime: (caller, input) => restoreToPointInTime(parts, caller, input),
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

async function restoreToPointInTime(parts: Parts, caller: Caller, input: Input): Promise<Output> {
  const request = controlPlaneRequest("RestoreTableToPointInTime", input);
  const sourceName = sourceOf(parts, request);
  parts.authorization.authorize({ caller, action: "RestoreTableToPointInTime", table: sourceName });
  authorizeTarget(parts, caller, request.TargetTableName);
  const source = parts.tables.find(sourceName);
  if (source === undefined) throw new AwsError("TableNotFoundException", `Source table not found: ${sourceName}`);
  const second = restoreSecond(parts, source, request);
  // A restore ends where its second begins: a write at 12:00:00.000 is in a restore to 12:00:00, one at 12:00:00.001 is not.
  const moment = { atMs: second * 1000 };
  return { TableDescription: await restoreTable(parts, source, request, moment, { restoreDateTime: second }) };
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

function existingForBackup(parts: Parts, name: string): Table {
  const table = parts.tables.find(name);
  if (table === undefined) throw new AwsError("TableNotFoundException", `Table not found: ${name}`);
  return table;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
