import { AwsError } from "../../service.ts";
import type { Parts } from "../parts.ts";
import { restorableWindow } from "../point-in-time.ts";
import type { Table } from "../tables.ts";
import type { ExportRequest, ExportSubject } from "./table-export.ts";

/** "The minimum export period is 15 minutes; the maximum is 24 hours." */
const MIN_WINDOW_SECONDS = 15 * 60;
const MAX_WINDOW_SECONDS = 24 * 3600;

/** The times that an export is asked for, once they are whole seconds inside the restorable window. */
export function exportSubject(parts: Parts, table: Table, request: ExportRequest): ExportSubject {
  const window = restorableWindow(parts, table);
  if (window === undefined)
    throw new AwsError(
      "PointInTimeRecoveryUnavailableException",
      `Point in time recovery is not enabled for table '${table.name}'`,
    );
  const check = (name: string, second: number): void => {
    if (second < window.earliest || second > window.latest)
      throw new AwsError(
        "InvalidExportTimeException",
        `${name} ${iso(second)} is not between EarliestRestorableDateTime ${iso(window.earliest)} and LatestRestorableDateTime ${iso(window.latest)}`,
      );
  };
  const specification = request.IncrementalExportSpecification;
  if (request.ExportType !== "INCREMENTAL_EXPORT") {
    if (specification !== undefined)
      throw invalid("IncrementalExportSpecification goes with the ExportType INCREMENTAL_EXPORT only");
    const time = request.ExportTime === undefined ? window.latest : Math.floor(request.ExportTime);
    check("ExportTime", time);
    return { type: "FULL_EXPORT", time };
  }
  if (request.ExportTime !== undefined) throw invalid("ExportTime goes with the ExportType FULL_EXPORT only");
  if (specification?.ExportFromTime === undefined)
    throw invalid("IncrementalExportSpecification.ExportFromTime is required for the ExportType INCREMENTAL_EXPORT");
  const from = Math.floor(specification.ExportFromTime);
  const to = specification.ExportToTime === undefined ? window.latest : Math.floor(specification.ExportToTime);
  check("ExportFromTime", from);
  check("ExportToTime", to);
  if (to - from < MIN_WINDOW_SECONDS)
    throw invalid(`ExportToTime ${iso(to)} is less than 15 minutes after ExportFromTime ${iso(from)}`);
  if (to - from > MAX_WINDOW_SECONDS)
    throw invalid(`ExportToTime ${iso(to)} is more than 24 hours after ExportFromTime ${iso(from)}`);
  return { type: "INCREMENTAL_EXPORT", from, to, view: specification.ExportViewType ?? "NEW_AND_OLD_IMAGES" };
}

// The API model names no error of its own for a window of the wrong length.
function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
