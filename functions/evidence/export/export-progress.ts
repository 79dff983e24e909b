import { DescribeExportCommand, type ExportDescription } from "@aws-sdk/client-dynamodb";
import type { Dependencies } from "../../runtime/dependencies.ts";
import { ExportFailed } from "../../runtime/errors.ts";
import type { Recovery } from "../../runtime/recovery.ts";
import type { Progress } from "../evidence.ts";
import { type FailedExport, recordExport, type WindowExport } from "./export-record.ts";
import type { ExportWindow } from "./export-windows.ts";
import { manifestKey } from "./manifest.ts";

/** Where one export stands; "not-started": it was never asked for, or what was asked for failed. */
export async function exportProgress(
  window: ExportWindow,
  exported: WindowExport,
  recovery: Recovery,
  deps: Dependencies,
): Promise<Progress> {
  if (exported.readyAt) return "ready";
  const { exportArn } = exported;
  if (!exportArn) return "not-started";
  const description = await describe(exportArn, deps);
  switch (description?.ExportStatus) {
    case "COMPLETED":
      await recordExport(
        recovery.recoveryId,
        window,
        (before) => ({ ...before, ...readyExport(description, exportArn, before, deps) }),
        deps,
      );
      return "ready";
    case "IN_PROGRESS":
      return "running";
    default:
      throw await failed(window, exportArn, description, recovery, deps);
  }
}

function readyExport(
  { ItemCount, BilledSizeBytes }: ExportDescription,
  exportArn: string,
  { s3Prefix }: WindowExport,
  deps: Dependencies,
): Partial<WindowExport> {
  return {
    readyAt: deps.now().toISOString(),
    manifest: manifestKey(s3Prefix, exportArn),
    ...(ItemCount === undefined ? {} : { items: ItemCount }),
    ...(BilledSizeBytes === undefined ? {} : { billedBytes: BilledSizeBytes }),
  };
}

/** A redrive looks first: it finds no export of this window any more, and asks for a new one. */
async function failed(
  window: ExportWindow,
  exportArn: string,
  description: ExportDescription | undefined,
  { recoveryId, table }: Recovery,
  deps: Dependencies,
): Promise<ExportFailed> {
  const failure: FailedExport = {
    exportArn,
    code: description?.FailureCode ?? (description ? "Unknown" : "ExportNotFound"),
    message: description?.FailureMessage ?? (description ? "No reason was given." : "Nobody knows of it any more."),
    at: deps.now().toISOString(),
  };
  await recordExport(
    recoveryId,
    window,
    ({ exportArn: _failed, startedAt: _never, ...before }) => ({
      ...before,
      failed: [...(before.failed ?? []), failure],
    }),
    deps,
  );
  return new ExportFailed(
    `Export ${exportArn} of table "${table.tableName}" failed: ${failure.code}: ${failure.message} Remove the cause, then redrive: the export is asked for anew.`,
  );
}

async function describe(exportArn: string, deps: Dependencies): Promise<ExportDescription | undefined> {
  try {
    const { ExportDescription } = await deps.aws.dynamodb.send(new DescribeExportCommand({ ExportArn: exportArn }));
    return ExportDescription;
  } catch (error) {
    if (error instanceof Error && error.name === "ExportNotFoundException") return undefined;
    throw error;
  }
}
