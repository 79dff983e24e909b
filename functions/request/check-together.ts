import type { RecoveryRequest } from "../contracts.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { show } from "./show.ts";

/** What only two fields together can say, whatever the table. */
export function checkTogether(request: RecoveryRequest): void {
  checkTimes(request);
  checkKeySource(request);
  checkTenants(request);
}

function checkTimes({ badSince, restoreDateTime }: RecoveryRequest): void {
  if (badSince !== undefined && restoreDateTime !== undefined)
    throw new InvalidRequest(
      `Fields "badSince" (${show(badSince)}) and "restoreDateTime" (${show(restoreDateTime)}) are both given: leave one out; restoreDateTime is the second before badSince.`,
    );
  if (badSince === undefined && restoreDateTime === undefined)
    throw new InvalidRequest(
      'Field "badSince" is missing: give the first bad second, such as "2026-11-20T02:20:00Z" or "45m ago" (or "restoreDateTime", the last good one).',
    );
}

function checkKeySource({ keys, keysFrom }: RecoveryRequest): void {
  if (keys !== undefined && keysFrom !== undefined)
    throw new InvalidRequest(
      `Fields "keys" (${keys.length} of them) and "keysFrom" (${show(keysFrom)}) are both given: leave one out.`,
    );
  if (keys === undefined && keysFrom === undefined)
    throw new InvalidRequest(
      'Field "keys" is missing: list the items to look at, or write "keysFrom": { "s3": { "key": "uploads/keys.jsonl" } } or { "partition": { "key": "…" } }.',
    );
  const partition = keysFrom && "partition" in keysFrom ? keysFrom.partition : undefined;
  if (partition?.sortKeyPrefix !== undefined && partition.sortKeyBetween !== undefined)
    throw new InvalidRequest(
      `Fields "keysFrom.partition.sortKeyPrefix" (${show(partition.sortKeyPrefix)}) and "keysFrom.partition.sortKeyBetween" (${show(partition.sortKeyBetween)}) are both given: leave one out.`,
    );
}

function checkTenants({ tenants, readOnly }: RecoveryRequest): void {
  if (readOnly !== "none" && tenants && readOnly.guards?.includes("iam-deny"))
    throw new InvalidRequest(
      `Field "readOnly.guards" has "iam-deny" while "tenants" is ${show(tenants)}: iam-deny freezes the whole table only. Leave out "tenants", or freeze by "table-policy" or "ssm-flag".`,
    );
}
