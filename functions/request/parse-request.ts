import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import { MAX_INLINE_KEYS, RecoveryRequest } from "../contracts.ts";
import { InvalidRequest } from "../runtime/errors.ts";

/** Request as the schema has it, with defaults; every fault is named with field, value and remedy. */
export function parseRequest(request: unknown): RecoveryRequest {
  if (request === null || typeof request !== "object" || Array.isArray(request))
    throw new InvalidRequest(
      `The request is ${JSON.stringify(request) ?? "missing"}: it must be an object such as { "table": "orders", "badSince": "2026-11-20T02:20:00Z" }.`,
    );
  const parsed = RecoveryRequest.safeParse(request);
  if (!parsed.success)
    throw new InvalidRequest(parsed.error.issues.map((issue) => describeIssue(issue, request)).join(" "));
  checkTogether(parsed.data);
  return parsed.data;
}

function describeIssue(issue: z.core.$ZodIssue, request: unknown): string {
  const field = issue.path.map(String).join(".") || "request";
  const value = valueAt(request, issue.path);
  if (issue.code === "unrecognized_keys")
    return issue.keys
      .map((key) => `Field "${issue.path.length ? `${field}.${key}` : key}" is not known${likely(key, issue.path)}.`)
      .join(" ");
  if (field === "table" && value === undefined)
    return 'Field "table" is missing: name the table to recover, such as "table": "orders".';
  if (field === "keys" && issue.code === "too_big")
    return `Field "keys" has ${Array.isArray(value) ? value.length : "too many"} keys: at most ${MAX_INLINE_KEYS} fit into a request. Put them into the recovery bucket below uploads/ and write "keysFrom": { "s3": { "key": "uploads/…" } }.`;
  if (issue.code === "too_small" && Array.isArray(value))
    return `Field "${field}" is an empty list: give at least one entry, or leave the field out.`;
  return `Field "${field}" is ${show(value)}: ${issue.message}.`;
}

function show(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

function valueAt(request: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = request;
  for (const step of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

const FIELDS = Object.keys(RecoveryRequest.shape).filter((field) => !field.startsWith("AWS_"));

function likely(key: string, path: readonly PropertyKey[]): string {
  if (path.length > 0) return "";
  const best = closest(key.toLowerCase(), FIELDS);
  const near = FIELDS.find((field) => field.toLowerCase() === key.toLowerCase().replace(/[-_]/g, "")) ?? best;
  return distance(key.toLowerCase(), near.toLowerCase()) <= Math.max(2, key.length / 2)
    ? `; did you mean "${near}"`
    : `; known are ${FIELDS.join(", ")}`;
}

/** What only two fields together can say. */
function checkTogether(request: RecoveryRequest): void {
  if (request.badSince !== undefined && request.restoreDateTime !== undefined)
    throw new InvalidRequest(
      `Fields "badSince" (${show(request.badSince)}) and "restoreDateTime" (${show(request.restoreDateTime)}) are both given: leave one out; restoreDateTime is the second before badSince.`,
    );
  if (request.badSince === undefined && request.restoreDateTime === undefined)
    throw new InvalidRequest(
      'Field "badSince" is missing: give the first bad second, such as "2026-11-20T02:20:00Z" or "45m ago" (or "restoreDateTime", the last good one).',
    );
  if (request.keys !== undefined && request.keysFrom !== undefined)
    throw new InvalidRequest('Fields "keys" and "keysFrom" are both given: leave one out.');
  if (request.keys === undefined && request.keysFrom === undefined)
    throw new InvalidRequest(
      'Field "keys" is missing: list the items to look at, or write "keysFrom": { "s3": { "key": "uploads/keys.jsonl" } } or { "partition": { "key": "…" } }.',
    );
  const partition = request.keysFrom && "partition" in request.keysFrom ? request.keysFrom.partition : undefined;
  if (partition?.sortKeyPrefix !== undefined && partition.sortKeyBetween !== undefined)
    throw new InvalidRequest(
      'Fields "keysFrom.partition.sortKeyPrefix" and "keysFrom.partition.sortKeyBetween" are both given: leave one out.',
    );
  const { only, except } = request.attributes ?? {};
  const both = only?.find((name) => except?.includes(name));
  if (both !== undefined)
    throw new InvalidRequest(
      `Attribute "${both}" is in "attributes.only" and in "attributes.except": leave it out of one.`,
    );
  if (request.readOnly !== "none" && request.tenants && request.readOnly.guards?.includes("iam-deny"))
    throw new InvalidRequest(
      `Field "readOnly.guards" has "iam-deny" while "tenants" is ${show(request.tenants)}: iam-deny freezes the whole table only. Leave out "tenants", or freeze by "table-policy" or "ssm-flag".`,
    );
}
