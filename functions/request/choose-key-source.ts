import type { EvidenceKind, KeySourceKind, RecoveryRequest } from "../contracts.ts";

/** Where the keys come from: what the request says; else the evidence names them itself, or two tables are compared. */
export function chooseKeySource(request: RecoveryRequest, evidence: EvidenceKind): KeySourceKind {
  if (request.keys || request.decisions) return "list";
  if (!request.keysFrom) return evidence === "restore" ? "compare" : "evidence";
  const { keysFrom } = request;
  if ("s3" in keysFrom) return "s3";
  if ("partition" in keysFrom) return "partition";
  if ("logs" in keysFrom) return "logs";
  if ("audit" in keysFrom) return "audit";
  return "timestamp" in keysFrom ? "timestamp" : "compare";
}
