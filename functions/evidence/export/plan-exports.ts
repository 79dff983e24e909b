import { isDeepStrictEqual } from "node:util";
import type { Dependencies } from "../../runtime/dependencies.ts";
import type { Recovery } from "../../runtime/recovery.ts";
import { type ExportRecord, plannedExport, readExportRecord, type WindowExport } from "./export-record.ts";
import { type ExportWindow, endOfUnknown, exportWindows } from "./export-windows.ts";
import { isWholeManifestThere } from "./manifest.ts";

/** The windows of a recovery, once they are written down; before that nobody knows where the last one ends. */
export function windowsOf(recovery: Recovery, record: ExportRecord): ExportWindow[] {
  return exportWindows(recovery, record.end === undefined ? 0 : Date.parse(record.end) / 1000);
}

/** Writes down which exports there are to be, once: whoever comes later works on the same windows. */
export async function planExports(recovery: Recovery, deps: Dependencies): Promise<ExportRecord> {
  const known = await readExportRecord(recovery.recoveryId, deps);
  if (known) return known;
  const lender = recovery.evidenceFrom ? await readExportRecord(recovery.evidenceFrom, deps) : undefined;
  const end =
    recovery.incidentEnd === undefined
      ? (lender?.end ?? new Date(endOfUnknown(recovery, deps.now()) * 1000).toISOString())
      : undefined;
  const planned: ExportRecord = { kind: "export", ...(end === undefined ? {} : { end }), exports: {} };
  const exports: Record<string, WindowExport> = {};
  for (const window of windowsOf(recovery, planned)) {
    const borrowed = lender && (await borrow(window, lender, recovery, deps));
    exports[window.role] = borrowed ?? newExport(window, recovery);
  }
  return deps.recoveries.update<ExportRecord>(recovery.recoveryId, "evidence", (before) =>
    before?.kind === "export" ? before : { ...planned, exports },
  );
}

function newExport(window: ExportWindow, recovery: Recovery): WindowExport {
  const partition = partitionOf(recovery);
  return {
    ...plannedExport(window, `recoveries/${recovery.recoveryId}/exports/${window.role}`),
    ...(partition ? { partition } : {}),
  };
}

function partitionOf({ request: { keysFrom } }: Recovery) {
  return keysFrom && "partition" in keysFrom ? keysFrom.partition : undefined;
}

/** The earlier recovery's export of this window, where it has all that this one needs and its objects are still there. */
async function borrow(
  window: ExportWindow,
  lender: ExportRecord,
  recovery: Recovery,
  deps: Dependencies,
): Promise<WindowExport | undefined> {
  const lent = lender.exports[window.role];
  const { from, to } = plannedExport(window, "");
  if (!lent?.readyAt || !lent.manifest || lent.from !== from || lent.to !== to) return undefined;
  const isNarrower = lent.partition !== undefined && !isDeepStrictEqual(lent.partition, partitionOf(recovery));
  if (isNarrower || !(await isWholeManifestThere(lent.manifest, deps))) return undefined;
  const { failed: _theirs, ...export_ } = lent;
  return { ...export_, borrowedFrom: lent.borrowedFrom ?? recovery.evidenceFrom ?? "" };
}
