import { randomInt } from "node:crypto";
import type { Conditions } from "../conditions.ts";
import { AwsError, NotInPocketAwsError, type PolicyDocument, type PolicyStatement } from "../service.ts";
import type { Table } from "./tables.ts";

/** "The maximum size supported for a resource-based policy document is 20 KB", white space included. */
export const MAX_POLICY_BYTES = 20 * 1024;

/** One document that a table's policy has been; undefined: it was taken off. */
export interface PolicyVersion {
  readonly text: string | undefined;
  readonly document: PolicyDocument | undefined;
  readonly revisionId: string;
  /** From when on requests are decided by it. */
  readonly effectiveMs: number;
}

const STATEMENT_MEMBERS: ReadonlySet<string> = new Set([
  "Sid",
  "Effect",
  "Principal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

/** What is stored, whether or not it is enforced yet. */
export function storedPolicy(table: Table): PolicyVersion | undefined {
  const last = table.policies.at(-1);
  return last?.text === undefined ? undefined : last;
}

/**
 * What requests are decided by now: the last document that has had its time to propagate; `early`: by a host that knows of
 * every change already.
 */
export function enforcedPolicy(table: Table, nowMs: number, early = false): PolicyDocument | undefined {
  if (early) return table.policies.at(-1)?.document;
  return table.policies.findLast((version) => version.effectiveMs <= nowMs)?.document;
}

export interface PolicyChange {
  readonly text: string | undefined;
  readonly expectedRevisionId: string | undefined;
  readonly nowMs: number;
  readonly conditions: Conditions;
  /** Refuses a document that would lock its author out. */
  readonly mayBeChangedAgain: (document: PolicyDocument) => boolean;
}

/** Stores another document (or none) for a table and answers with its revision; the same document again changes nothing. */
export function changePolicy(table: Table, change: PolicyChange): string {
  const stored = storedPolicy(table);
  const expected = change.expectedRevisionId;
  if (expected !== undefined && expected !== (stored?.revisionId ?? "NO_POLICY"))
    throw new AwsError(
      "PolicyNotFoundException",
      `The expected revision ID ${expected} of the policy of ${table.arn} is not its current one.`,
    );
  if (change.text === undefined && stored === undefined) throw policyNotFound(table.arn);
  const document = change.text === undefined ? undefined : parsePolicy(change.text, table.arn);
  if (stored !== undefined && document !== undefined && sameDocument(stored.document, document))
    return stored.revisionId;
  if (document !== undefined && !change.mayBeChangedAgain(document))
    throw new AwsError(
      "ValidationException",
      "The new resource policy will not allow you to update the resource policy in the future",
    );
  // The documentation says that such a change "is blocked" and not with which error; of those that the API
  // declares, this one fits.
  if (change.nowMs < table.policyChangedMs + change.conditions.tablePolicyChangeBlockMs)
    throw new AwsError(
      "ResourceInUseException",
      `The policy of ${table.arn} was changed less than ${change.conditions.tablePolicyChangeBlockMs} ms ago; try again later.`,
    );
  const revisionId = `${change.nowMs}${randomInt(1_000_000)}`;
  table.policies.push({
    text: change.text,
    document,
    revisionId,
    effectiveMs: change.nowMs + change.conditions.tablePolicyPropagationMs,
  });
  table.policyChangedMs = change.nowMs;
  return revisionId;
}

/** Gives a new table its policy, which is then enforced from the first request on. */
export function createWithPolicy(table: Table, text: string): void {
  const document = parsePolicy(text, table.arn);
  table.policies.push({
    text,
    document,
    revisionId: `${table.createdMs}${randomInt(1_000_000)}`,
    effectiveMs: Number.NEGATIVE_INFINITY,
  });
}

export function policyNotFound(arn: string): AwsError {
  return new AwsError(
    "PolicyNotFoundException",
    `Resource-based policy not found for the provided ResourceArn: ${arn}`,
  );
}

/** The policy as it was written, for GetResourcePolicy. */
export function policyText(table: Table): { Policy: string; RevisionId: string } {
  const stored = storedPolicy(table);
  if (stored?.text === undefined) throw policyNotFound(table.arn);
  return { Policy: stored.text, RevisionId: stored.revisionId };
}

function sameDocument(left: PolicyDocument | undefined, right: PolicyDocument): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function parsePolicy(text: string, arn: string): PolicyDocument {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_POLICY_BYTES)
    throw new AwsError(
      "LimitExceededException",
      `The policy of ${arn} has ${bytes} bytes; at most ${MAX_POLICY_BYTES} are allowed.`,
    );
  // "Policy documents allow only U+0009, U+000A, U+000D and U+0020 to U+00FF."
  if (/[^\t\n\r\x20-\xff]/.test(text)) throw malformed("it has characters beyond U+00FF");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw malformed(`it is not JSON (${error instanceof Error ? error.message : error})`);
  }
  if (!isRecord(document)) throw malformed("it is not an object");
  for (const member of Object.keys(document))
    if (!["Version", "Id", "Statement"].includes(member)) throw malformed(`it has the unknown member ${member}`);
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  if (statements.length === 0) throw malformed("it has no statement");
  for (const statement of statements) checkStatement(statement, arn);
  return { ...document, Statement: statements as PolicyStatement[] };
}

function checkStatement(statement: unknown, arn: string): void {
  if (!isRecord(statement)) throw malformed("a statement is not an object");
  if ("NotPrincipal" in statement) throw new NotInPocketAwsError("NotPrincipal in a table's policy");
  for (const member of Object.keys(statement))
    if (!STATEMENT_MEMBERS.has(member)) throw malformed(`a statement has the unknown member ${member}`);
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") throw malformed("a statement has no valid Effect");
  if (statement.Principal === undefined) throw malformed("a statement has no Principal");
  if (statement.Action === undefined && statement.NotAction === undefined) throw malformed("a statement has no Action");
  if (statement.Resource === undefined && statement.NotResource === undefined)
    throw malformed("a statement has no Resource");
  const resources = [statement.Resource ?? []].flat();
  for (const resource of resources)
    if (typeof resource !== "string" || !(resource === "*" || resource === arn || resource.startsWith(`${arn}/`)))
      throw malformed(`the Resource ${JSON.stringify(resource)} is not ${arn} or something of it`);
}

function malformed(why: string): AwsError {
  return new AwsError("ValidationException", `Invalid policy document: ${why}.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
