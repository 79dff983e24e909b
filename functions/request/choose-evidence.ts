import type { EvidenceKind, RecoveryRequest } from "../contracts.ts";
import { endOfUnknown, exportWindows, isShort, SHORTEST_WINDOW_SECONDS } from "../evidence/export/export-windows.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { type EarlierEvidence, evidenceOfEarlier } from "./earlier-evidence.ts";
import { backupReason, findBackup } from "./find-backup.ts";
import { isoSeconds } from "./parse-time.ts";
import { checkRestoreWindow, type IncidentTimes, type RestorableRange } from "./restore-window.ts";

/** The evidence of a recovery, and why this one. */
export interface ChosenEvidence {
  readonly evidence: EvidenceKind;
  readonly evidenceReason: string;
  /** The recovery whose evidence is read. */
  readonly evidenceFrom?: string;
  /** What `before` is restored from. */
  readonly backupArn?: string;
}

/** What a choice of evidence is made from. */
export interface Incident {
  readonly request: RecoveryRequest;
  readonly times: IncidentTimes;
  readonly startedAt: Date;
  /** The recovery that `evidence.from` names. */
  readonly earlier?: EarlierEvidence | undefined;
}

/** The evidence that the request asks for, or that suits it best; refused where it can't be had. */
export async function chooseEvidence(incident: Incident, deps: Dependencies): Promise<ChosenEvidence> {
  const { request, times, earlier } = incident;
  if (request.deleteOnly)
    return { evidence: "none", evidenceReason: "none is needed: the items are deleted as they are" };
  if (earlier) return evidenceOfEarlier(earlier, request.decisions, deps);
  if (typeof request.evidence !== "string" && "backup" in request.evidence) {
    const backup = await findBackup(request.table, request.evidence.backup, times, deps.aws);
    return { evidence: "restore", evidenceReason: backupReason(backup), backupArn: backup.arn };
  }
  const range = await checkRestoreWindow(request, times, deps.aws);
  if (request.evidence === "restore")
    return { evidence: "restore", evidenceReason: `${RESTORED}, as the request asks for` };
  const obstacle = obstacleToExport(incident, range);
  if (request.evidence === "export") {
    if (obstacle && !obstacle.passes)
      throw new InvalidRequest(
        `Field "evidence" is "export", but ${obstacle.because}: write "evidence": "restore", or leave the field out.`,
      );
    return { evidence: "export", evidenceReason: `${EXPORTED}, as the request asks for` };
  }
  return obstacle
    ? { evidence: "restore", evidenceReason: `${RESTORED}, and not exported: ${obstacle.because}` }
    : {
        evidence: "export",
        evidenceReason: `${EXPORTED}, which point-in-time recovery reaches: nothing needs to be restored`,
      };
}

const RESTORED = "a point in time restored beside the table";
const EXPORTED = "exports of what changed in the table during the incident";

interface Obstacle {
  readonly because: string;
  /** It is gone by itself after a while: who asks for an export waits for it. */
  readonly passes: boolean;
}

/**
 * Why exports do not suit this incident; undefined: they do. That point-in-time recovery lags some minutes behind is no
 * obstacle: a restore to the incident's end waits for the same.
 */
function obstacleToExport({ request, times, startedAt }: Incident, range: RestorableRange): Obstacle | undefined {
  if (request.keysFrom && "compare" in request.keysFrom)
    return { because: 'the key source "compare" reads two tables', passes: false };
  const windows = exportWindows(times, endOfUnknown(times, startedAt));
  const first = Math.min(...windows.map(({ from }) => from));
  if (first < range.earliest)
    return {
      because: `an incident of less than ${SHORTEST_WINDOW_SECONDS / 60} minutes needs an export from ${isoSeconds(first)} on, and point-in-time recovery of table "${request.table}" reaches back to ${isoSeconds(range.earliest)} only`,
      passes: false,
    };
  const last = Math.max(...windows.map(({ to }) => to));
  if (last <= Math.ceil(startedAt.getTime() / 1000)) return undefined;
  const short = isShort(times) ? "an incident of less than 15 minutes" : "this incident";
  return {
    because: `an export has at least 15 minutes, and that of ${short} is over at ${isoSeconds(last)}, after the recovery began`,
    passes: true,
  };
}
