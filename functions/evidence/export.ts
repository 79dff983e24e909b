/** Evidence from incremental exports: what changed in the table, with its images before and after; nothing is restored. */
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Evidence, Progress } from "./evidence.ts";
import { collectExports } from "./export/collect-exports.ts";
import { combineExports } from "./export/combine-exports.ts";
import { exportProgress } from "./export/export-progress.ts";
import { type ExportRecord, readExportRecord } from "./export/export-record.ts";
import type { ExportWindow } from "./export/export-windows.ts";
import { exportableRange, isExportable } from "./export/exportable-range.ts";
import { planExports, windowsOf } from "./export/plan-exports.ts";
import { requestExport } from "./export/request-export.ts";

async function start(recovery: Recovery, deps: Dependencies): Promise<Progress> {
  const record = await planExports(recovery, deps);
  const progress = await progressOf(record, recovery, deps);
  const missing = [...progress].flatMap(([window, state]) => (state === "not-started" ? [window] : []));
  if (missing.length > 0) {
    const range = await exportableRange(recovery, deps);
    for (const window of missing)
      if (isExportable(window, range, recovery)) progress.set(window, await requestExport(window, recovery, deps));
  }
  return slowest(progress);
}

async function check(recovery: Recovery, deps: Dependencies): Promise<Progress> {
  const record = await readExportRecord(recovery.recoveryId, deps);
  return record ? slowest(await progressOf(record, recovery, deps)) : "not-started";
}

async function progressOf(record: ExportRecord, recovery: Recovery, deps: Dependencies) {
  const progress = new Map<ExportWindow, Progress>();
  for (const window of windowsOf(recovery, record)) {
    const exported = record.exports[window.role];
    progress.set(window, exported ? await exportProgress(window, exported, recovery, deps) : "not-started");
  }
  return progress;
}

function slowest(progress: ReadonlyMap<ExportWindow, Progress>): Progress {
  const states = [...progress.values()];
  if (states.includes("not-started")) return "not-started";
  return states.includes("running") ? "running" : "ready";
}

/** Nothing to remove: the objects of a recovery expire with the bucket's own rule. */
async function remove(): Promise<number> {
  return 0;
}

export const incrementalExport: Evidence = {
  kind: "export",
  start,
  check,
  collect: collectExports,
  combine: combineExports,
  remove,
};
