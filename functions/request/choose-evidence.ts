import type { EvidenceKind, RecoveryRequest } from "../contracts.ts";

/** The evidence of a recovery, and why this one. */
export interface ChosenEvidence {
  readonly evidence: EvidenceKind;
  readonly evidenceReason: string;
}

/** What the request asks for. */
export function chooseEvidence(_request: RecoveryRequest): ChosenEvidence {
  return { evidence: "restore", evidenceReason: "a point in time restored beside the table" };
}
