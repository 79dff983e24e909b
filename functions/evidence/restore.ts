/** Evidence from point-in-time recovery or a backup: new tables beside the live one, read by key and deleted at the end. */
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Evidence, Progress } from "./evidence.ts";
import { removeRestoredTables } from "./remove-restored-tables.ts";
import { requestRestore } from "./request-restore.ts";
import { restoreProgress } from "./restore-progress.ts";
import { borrowedProgress } from "./restored-by-another.ts";
import { readRestoredImages } from "./restored-images.ts";
import { wantedTables } from "./restored-tables.ts";

async function start(recovery: Recovery, deps: Dependencies): Promise<Progress> {
  if (recovery.evidenceFrom !== undefined) return checkBorrowed(recovery, deps);
  const progress: Progress[] = [];
  for (const wanted of wantedTables(recovery)) {
    const found = await restoreProgress(wanted, recovery, deps);
    progress.push(found === "missing" ? await requestRestore(wanted, recovery, deps) : found);
  }
  return slowest(progress);
}

async function check(recovery: Recovery, deps: Dependencies): Promise<Progress> {
  if (recovery.evidenceFrom !== undefined) return checkBorrowed(recovery, deps);
  const progress: Progress[] = [];
  for (const wanted of wantedTables(recovery)) {
    const found = await restoreProgress(wanted, recovery, deps);
    // Lost, or never begun: StartRestore is the one that starts.
    progress.push(found === "missing" ? "not-started" : found);
  }
  return slowest(progress);
}

/** Tables of an earlier recovery: they are there or they are not, and nothing is started for them. */
async function checkBorrowed(recovery: Recovery, deps: Dependencies): Promise<Progress> {
  const progress: Progress[] = [];
  for (const wanted of wantedTables(recovery)) progress.push(await borrowedProgress(wanted, recovery, deps));
  return slowest(progress);
}

function slowest(progress: readonly Progress[]): Progress {
  if (progress.includes("not-started")) return "not-started";
  return progress.includes("running") ? "running" : "ready";
}

export const restore: Evidence = {
  kind: "restore",
  start,
  check,
  readImages: readRestoredImages,
  remove: removeRestoredTables,
};
