/** `evidence: { from }`: the restored tables or the exports of an earlier recovery, and its times. */
import type { EvidenceKind, RecoveryRequest } from "../contracts.ts";
import { readExportRecord } from "../evidence/export/export-record.ts";
import { plannedImages } from "../evidence/planned-images.ts";
import { canonicalKey, typedKey } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { ChosenEvidence } from "./choose-evidence.ts";
import { findEarlier } from "./earlier-recovery.ts";
import { isoSeconds, parseTime } from "./parse-time.ts";
import { type IncidentTimes, incidentTimes } from "./restore-window.ts";

/** The earlier recovery, and the one that its evidence was made for. */
export interface EarlierEvidence {
  readonly earlier: Recovery;
  readonly owner: string;
}

const LENT: Partial<Readonly<Record<EvidenceKind, string>>> = {
  restore: "the tables restored for",
  export: "the exports made for",
};

/** The recovery that `evidence.from` names; undefined where the request names none. */
export async function findEarlierEvidence(
  recoveryId: string,
  { evidence, table, decisions }: RecoveryRequest,
  deps: Dependencies,
): Promise<EarlierEvidence | undefined> {
  if (typeof evidence === "string" || !("from" in evidence)) return undefined;
  const id = evidence.from;
  const earlier = await findEarlier(recoveryId, { field: "evidence.from", id, table }, deps);
  // What its plan holds can be decided whatever the plan was made from.
  if (!decisions && !LENT[earlier.evidence])
    throw new InvalidRequest(
      `Field "evidence.from" is "${id}", a recovery that had no tables restored and nothing exported (its evidence was ${earlier.evidence}): leave "evidence" out, and give "badSince".`,
    );
  // One that executed a stored plan, or read what another had made, lends what it was lent.
  const isItsOwn = earlier.evidence === "export" && (await deps.recoveries.get(id, "evidence")) !== undefined;
  return { earlier, owner: isItsOwn ? id : (earlier.evidenceFrom ?? id) };
}

/** The times of the earlier recovery; a request that gives others is refused, since the evidence is of those times. */
export function timesOfEarlier(
  request: RecoveryRequest,
  { earlier: { recoveryId, restoreDateTime, incidentEnd } }: EarlierEvidence,
  startedAt: Date,
): IncidentTimes {
  const isGiven = request.badSince !== undefined || request.restoreDateTime !== undefined;
  if (isGiven && incidentTimes(request, startedAt).restoreDateTime !== restoreDateTime) {
    const field = request.badSince === undefined ? "restoreDateTime" : "badSince";
    throw otherTime(field, request[field] ?? "", recoveryId, `badSince was ${isoSeconds(restoreDateTime + 1)}`);
  }
  const end = request.incidentEnd;
  if (end !== undefined && parseTime("incidentEnd", end, startedAt) !== incidentEnd) {
    const was = incidentEnd === undefined ? "incidentEnd was not known" : `incidentEnd was ${isoSeconds(incidentEnd)}`;
    throw otherTime("incidentEnd", end, recoveryId, was);
  }
  return { restoreDateTime, ...(incidentEnd === undefined ? {} : { incidentEnd }) };
}

function otherTime(field: string, text: string, id: string, was: string): InvalidRequest {
  return new InvalidRequest(
    `Field "${field}" is "${text}", but "evidence.from" names recovery "${id}", whose ${was}: leave the field out, or leave "evidence" out to have evidence made for other times.`,
  );
}

/** What the earlier recovery lends: images that its plan holds, where all that is decided is in it; else what they were read from. */
export async function evidenceOfEarlier(
  { earlier, owner }: EarlierEvidence,
  decisions: RecoveryRequest["decisions"],
  deps: Dependencies,
): Promise<ChosenEvidence> {
  const { evidence, backupArn, recoveryId, keySchema } = earlier;
  if (decisions) {
    const keys = decisions.map(({ key }) => typedKey(key, keySchema));
    const images = await plannedImages(recoveryId, keys, keySchema, deps);
    const missing = keys.findIndex((key) => !images.has(canonicalKey(key, keySchema)));
    if (missing === -1)
      return {
        evidence: "plan",
        evidenceReason: `what the plan of recovery "${recoveryId}" holds of these items, made from: ${earlier.evidenceReason}`,
        evidenceFrom: recoveryId,
      };
    if (!LENT[evidence])
      throw new InvalidRequest(
        `Field "decisions.${missing}.key" is of an item that recovery "${recoveryId}" had nothing to decide about: leave the decision out.`,
      );
  }
  return {
    evidence,
    evidenceReason: `${LENT[evidence]} recovery "${owner}", as the request asks for${await endOfLent(earlier, owner, deps)}`,
    evidenceFrom: owner,
    ...(backupArn === undefined ? {} : { backupArn }),
  };
}

/** Exports of an incident that was going on end when they were asked for: damage since then is in none of them. */
async function endOfLent({ evidence, incidentEnd }: Recovery, owner: string, deps: Dependencies): Promise<string> {
  if (evidence !== "export" || incidentEnd !== undefined) return "";
  const end = (await readExportRecord(owner, deps))?.end;
  return end === undefined
    ? ""
    : `; they end at ${end}, since nobody knew when the incident ends: what was written later is not in them, and a recovery that gives "badSince" again has it`;
}
