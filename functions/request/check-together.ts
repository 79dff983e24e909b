import type { RecoveryRequest } from "../contracts.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { show } from "./show.ts";

/** What only two fields together can say, whatever the table. */
export function checkTogether(request: RecoveryRequest): void {
  if (request.deleteOnly) checkDeleteOnly(request);
  else checkTimes(request);
  checkKeySource(request);
  checkDecisions(request);
  checkTenants(request);
}

function checkTimes({ badSince, restoreDateTime, evidence }: RecoveryRequest): void {
  if (badSince !== undefined && restoreDateTime !== undefined)
    throw new InvalidRequest(
      `Fields "badSince" (${show(badSince)}) and "restoreDateTime" (${show(restoreDateTime)}) are both given: leave one out; restoreDateTime is the second before badSince.`,
    );
  // The earlier recovery whose evidence is read had its times.
  const isOfEarlier = typeof evidence !== "string" && "from" in evidence;
  if (badSince === undefined && restoreDateTime === undefined && !isOfEarlier)
    throw new InvalidRequest(
      'Field "badSince" is missing: give the first bad second, such as "2026-11-20T02:20:00Z" or "45m ago" (or "restoreDateTime", the last good one).',
    );
}

/** Sources that say what to delete; the others say what an incident may have touched. */
const NAMING_SOURCES = ["s3", "partition"];

/** Fields that mean nothing where items are deleted as they are. */
const OF_AN_INCIDENT = ["badSince", "restoreDateTime", "incidentEnd", "decisions", "groups", "attributes"] as const;

function checkDeleteOnly(request: RecoveryRequest): void {
  for (const field of OF_AN_INCIDENT)
    if (request[field] !== undefined)
      throw new InvalidRequest(
        `Field "${field}" is ${show(request[field])}, but "deleteOnly" deletes the named items as they are now, whatever an incident did to them: leave one of the two out.`,
      );
  if (request.evidence !== "auto")
    throw new InvalidRequest(
      `Field "evidence" is ${show(request.evidence)}, but "deleteOnly" deletes the named items as they are now and needs none: leave "evidence" out.`,
    );
  const { keys, keysFrom } = request;
  if (keys === undefined && keysFrom === undefined)
    throw new InvalidRequest(
      'Field "deleteOnly" is true, but nothing says which items: give "keys", or "keysFrom" with "s3" or "partition".',
    );
  if (keysFrom && !NAMING_SOURCES.some((source) => source in keysFrom))
    throw new InvalidRequest(
      `Field "keysFrom" is ${show(keysFrom)}, which says what may have changed and not what is to be deleted: with "deleteOnly" give "keys", or "keysFrom" with "s3" or "partition".`,
    );
}

function checkKeySource({ keys, keysFrom, evidence }: RecoveryRequest): void {
  if (keys !== undefined && keysFrom !== undefined)
    throw new InvalidRequest(
      `Fields "keys" (${keys.length} of them) and "keysFrom" (${show(keysFrom)}) are both given: leave one out.`,
    );
  if (keysFrom && "compare" in keysFrom && evidence === "export")
    throw new InvalidRequest(
      'Field "keysFrom" is {"compare":{}}, which compares restored tables, but "evidence" is "export": leave "keysFrom" out, since exports name what changed; or write "evidence": "restore".',
    );
  const partition = keysFrom && "partition" in keysFrom ? keysFrom.partition : undefined;
  if (partition?.sortKeyPrefix !== undefined && partition.sortKeyBetween !== undefined)
    throw new InvalidRequest(
      `Fields "keysFrom.partition.sortKeyPrefix" (${show(partition.sortKeyPrefix)}) and "keysFrom.partition.sortKeyBetween" (${show(partition.sortKeyBetween)}) are both given: leave one out.`,
    );
}

function checkDecisions({ decisions, keys, keysFrom, evidence }: RecoveryRequest): void {
  if (!decisions) return;
  if (typeof evidence === "string" || !("from" in evidence))
    throw new InvalidRequest(
      `Field "decisions" decides what an earlier recovery left, but "evidence" is ${show(evidence)}: write "evidence": { "from": "…" } with the name of that recovery.`,
    );
  const other = keys ? "keys" : keysFrom ? "keysFrom" : undefined;
  if (other)
    throw new InvalidRequest(
      `Fields "decisions" (${decisions.length} of them) and "${other}" (${show(keys ?? keysFrom)}) are both given: each decision names its key, so leave "${other}" out.`,
    );
}

function checkTenants({ tenants, readOnly }: RecoveryRequest): void {
  if (readOnly !== "none" && tenants && readOnly.guards?.includes("iam-deny"))
    throw new InvalidRequest(
      `Field "readOnly.guards" has "iam-deny" while "tenants" is ${show(tenants)}: iam-deny freezes the whole table only. Leave out "tenants", or freeze by "table-policy" or "ssm-flag".`,
    );
}
