import type { z } from "zod";
import type { PartitionKeys } from "../../contracts.ts";
import { isoSeconds } from "../../request/parse-time.ts";
import type { Dependencies } from "../../runtime/dependencies.ts";
import type { ExportWindow } from "./export-windows.ts";

/** An export that DynamoDB gave up. */
export interface FailedExport {
  readonly exportArn: string;
  readonly code: string;
  readonly message: string;
  readonly at: string;
}

/** What became of the export of one window; times are ISO 8601. */
export interface WindowExport {
  readonly from: string;
  readonly to: string;
  /** Where its objects are; below another recovery's prefix where they are borrowed. */
  readonly s3Prefix: string;
  /** The only partition (or stretch of it) that is in it. */
  readonly partition?: z.infer<typeof PartitionKeys>;
  /** Written before the call: a second try asks with the same token, and gets the same export. */
  readonly requestedAt?: string;
  readonly exportArn?: string;
  readonly startedAt?: string;
  readonly readyAt?: string;
  /** Object key of its `manifest-summary.json`. */
  readonly manifest?: string;
  readonly items?: number;
  readonly billedBytes?: number;
  /** The recovery that had it made. */
  readonly borrowedFrom?: string;
  readonly failed?: readonly FailedExport[];
}

/** The record `evidence` of a recovery whose evidence is exports. */
export interface ExportRecord {
  readonly kind: "export";
  /** Where the last window ends, where nobody knows the incident's end: when the exports were first asked for. */
  readonly end?: string;
  /** By role. */
  readonly exports: Readonly<Record<string, WindowExport>>;
}

export async function readExportRecord(recoveryId: string, deps: Dependencies): Promise<ExportRecord | undefined> {
  const record = await deps.recoveries.get<ExportRecord>(recoveryId, "evidence");
  return record?.kind === "export" ? record : undefined;
}

/** Writes down what became of one window's export; keeps what was known before. */
export async function recordExport(
  recoveryId: string,
  { role }: ExportWindow,
  change: (before: WindowExport) => WindowExport,
  deps: Dependencies,
): Promise<WindowExport> {
  const record = await deps.recoveries.update<ExportRecord>(recoveryId, "evidence", (before) => {
    const known = before?.exports[role];
    if (!before || !known) throw new TypeError(`The export of window ${role} was never planned.`);
    return { ...before, exports: { ...before.exports, [role]: change(known) } };
  });
  return record.exports[role] as WindowExport;
}

/** A window as the record has it before anything was asked for. */
export function plannedExport(window: ExportWindow, s3Prefix: string): WindowExport {
  return { from: isoSeconds(window.from), to: isoSeconds(window.to), s3Prefix };
}
