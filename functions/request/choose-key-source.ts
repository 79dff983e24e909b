import type { EvidenceKind, KeySourceKind, RecoveryRequest } from "../contracts.ts";
import { InvalidRequest } from "../runtime/errors.ts";

/** Where the keys come from: what the request says; else the evidence names them itself, or two tables are compared. */
export function chooseKeySource(request: RecoveryRequest, evidence: EvidenceKind): KeySourceKind {
  if (request.keys || request.decisions) return "list";
  if (!request.keysFrom) return evidence === "restore" ? "compare" : "evidence";
  const { keysFrom } = request;
  if ("s3" in keysFrom) return "s3";
  // What is exported is that partition alone, with what the incident deleted in it: the evidence names it all.
  if ("partition" in keysFrom) return evidence === "export" ? "evidence" : "partition";
  if ("logs" in keysFrom) return "logs";
  if ("audit" in keysFrom) return "audit";
  if ("timestamp" in keysFrom) return "timestamp";
  if (evidence !== "restore")
    throw new InvalidRequest(
      `Field "keysFrom" is {"compare":{}}, which compares restored tables, but the evidence is of kind ${evidence}: leave "keysFrom" out, since that evidence names what changed.`,
    );
  return "compare";
}
