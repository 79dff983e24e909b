import { createHash } from "node:crypto";
import { ExportTableToPointInTimeCommand, type FilterSpecification } from "@aws-sdk/client-dynamodb";
import { partitionCondition } from "../../key-sources/partition-condition.ts";
import { isoSeconds } from "../../request/parse-time.ts";
import type { Dependencies } from "../../runtime/dependencies.ts";
import { ExportFailed } from "../../runtime/errors.ts";
import type { Recovery } from "../../runtime/recovery.ts";
import { recordExport, type WindowExport } from "./export-record.ts";
import type { ExportWindow } from "./export-windows.ts";

/** Asks for one export that can be made now; "not-started" where too many run already. */
export async function requestExport(
  window: ExportWindow,
  recovery: Recovery,
  deps: Dependencies,
): Promise<"not-started" | "running"> {
  const { recoveryId } = recovery;
  const now = () => deps.now().toISOString();
  const asked = await recordExport(recoveryId, window, (before) => ({ ...before, requestedAt: now() }), deps);
  const exportArn = await send(window, asked, recovery, deps);
  if (exportArn === undefined) return "not-started";
  await recordExport(recoveryId, window, (before) => ({ ...before, exportArn, startedAt: now() }), deps);
  return "running";
}

async function send(
  window: ExportWindow,
  asked: WindowExport,
  recovery: Recovery,
  deps: Dependencies,
): Promise<string | undefined> {
  try {
    const { ExportDescription } = await deps.aws.dynamodb.send(
      new ExportTableToPointInTimeCommand({
        TableArn: recovery.tableArn,
        ClientToken: clientToken(recovery.recoveryId, window.role, asked.failed?.length ?? 0),
        S3Bucket: deps.artifacts.bucket,
        S3Prefix: asked.s3Prefix,
        ExportFormat: "DYNAMODB_JSON",
        ExportType: "INCREMENTAL_EXPORT",
        IncrementalExportSpecification: {
          ExportFromTime: new Date(window.from * 1000),
          ExportToTime: new Date(window.to * 1000),
          ExportViewType: "NEW_AND_OLD_IMAGES",
        },
        ...(asked.partition ? { FilterSpecification: filterOf(recovery) } : {}),
      }),
    );
    return ExportDescription?.ExportArn;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // 300 exports at a time: the next visit asks again.
    if (error.name === "LimitExceededException") return undefined;
    const remedy = REMEDIES[error.name];
    if (!remedy) throw error;
    throw new ExportFailed(
      `Table "${recovery.table.tableName}" can't be exported from ${isoSeconds(window.from)} to ${isoSeconds(window.to)}: ${error.message} ${remedy}`,
      { cause: error },
    );
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  InvalidExportTimeException: "Start a new recovery with times inside the window of point-in-time recovery.",
  PointInTimeRecoveryUnavailableException:
    "Point-in-time recovery was switched off since this recovery began; without it there is no evidence.",
  TableNotFoundException: "The table was deleted since this recovery began.",
  ExportConflictException: "Another export has the token of this one: start a new recovery under another name.",
};

/** The same for every try of one export, so that a lost answer starts no second one; a failed one is not asked for again. */
function clientToken(recoveryId: string, role: string, failures: number): string {
  return createHash("sha256").update(`${recoveryId}/${role}/${failures}`).digest("hex").slice(0, 36);
}

/** One partition: the only filter that makes an export read, and cost, less. */
function filterOf(recovery: Recovery): FilterSpecification {
  const { KeyConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = partitionCondition(recovery);
  const used = Object.entries(ExpressionAttributeNames).filter(([name]) => KeyConditionExpression.includes(name));
  return {
    KeyConditionExpression,
    // A name that no expression uses is refused.
    ExpressionAttributeNames: Object.fromEntries(used),
    ExpressionAttributeValues,
  };
}
