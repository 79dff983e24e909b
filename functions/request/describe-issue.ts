import type { z } from "zod";
import { MAX_INLINE_KEYS } from "../contracts.ts";
import { fieldsAt, likelyField } from "./request-fields.ts";
import { show, showName } from "./show.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What a field takes, where the schema's own words would not help; `*` stands for any place in a list or name of a key. */
const WANTED: Readonly<Record<string, string>> = {
  table: 'write the name of a table ("orders"): 3 to 255 of a-z A-Z 0-9 _ . -',
  keys: 'write a list of keys, such as [{ "orderId": "4711" }]',
  "keys.*": 'write an object of the key attributes, such as { "orderId": "4711" }',
  "keys.*.*":
    'write text, a number, or an AttributeValue of a key ({ "S": "4711" }, { "N": "4711" } or { "B": "aGVsbG8=" })',
  keysFrom:
    'write { "s3": { "key": "uploads/keys.jsonl" } }, { "partition": { "key": "…" } }, { "logs": {} }, { "audit": {} }, { "timestamp": { "attribute": "…" } } or { "compare": {} }',
  "keysFrom.partition.key": "write the value of the partition key (text or a number), or an object of its attributes",
  "keysFrom.partition.sortKeyBetween": 'write the first and the last sort key, such as ["2026-11-01", "2026-11-20"]',
  "keysFrom.partition.sortKeyBetween.*": "write text or a number",
  "keysFrom.timestamp.attribute": "write the name of the attribute that the application sets with every write",
  evidence: 'write "auto", "export", "restore", { "backup": "its name or ARN" } or { "from": "an earlier recovery" }',
  "evidence.from": "write the name of an earlier recovery, which is the name of its execution",
  "evidence.backup": "write the name or the ARN of an on-demand backup of the table",
  decisions: 'write a list such as [{ "key": { "orderId": "4711" }, "decision": "revert" }]',
  "decisions.*": 'write an object such as { "key": { "orderId": "4711" }, "decision": "revert" }',
  "decisions.*.key": 'write an object of the key attributes, such as { "orderId": "4711" }',
  "decisions.*.key.*":
    'write text, a number, or an AttributeValue of a key ({ "S": "4711" }, { "N": "4711" } or { "B": "aGVsbG8=" })',
  deleteOnly: "write true, or leave the field out",
  damagedWhen: 'write JSONata that gives true or false, such as "after.total < 0"',
  "attributes.delta": 'write a list of the counters\' names, such as ["stock"]',
  "attributes.set": 'write an object of names and JSONata, such as { "total": "before.total" }',
  readOnly: 'write "none", or an object such as { "guards": ["table-policy"], "when": "repair" }',
  "approval.timeoutHours": "write hours, more than 0 and at most 144",
  concurrency: "write a whole number from 1 to 1000",
  AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: "it is the console's own: leave it out",
};

const TYPES: Readonly<Record<string, string>> = {
  string: "write text",
  number: "write a number",
  int: "write a whole number",
  array: "write a list",
  object: "write an object",
  record: "write an object",
};

/** The faults behind an issue one by one: a field each, and those of the way of writing it that was probably meant. */
export function faultsOf(issue: Issue, request: unknown): Issue[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => ({ ...issue, keys: [key] }));
  if (issue.code !== "invalid_union") return [issue];
  const meant = meantOf(issue, valueAt(request, issue.path));
  return meant?.flatMap((fault) => faultsOf({ ...fault, path: [...issue.path, ...fault.path] }, request)) ?? [issue];
}

/** A fault that the schema found, as a sentence with field, value and remedy. */
export function describeIssue(issue: Issue, request: unknown): string {
  const value = valueAt(request, issue.path);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => unknownField(key, issue.path, valueAt(request, [...issue.path, key]))).join(" ");
  const field = fieldAt(issue.path);
  if (issue.code === "invalid_union")
    return `Field "${field}" is ${show(value)}: ${wantedAt(issue.path) ?? "it is none of the forms that this field takes"}.`;
  if (value === undefined) return `Field "${field}" is missing: ${remedyOf(issue, value)}.`;
  if (field === "keys" && issue.code === "too_big" && Array.isArray(value))
    return `Field "keys" has ${value.length} keys: at most ${MAX_INLINE_KEYS} fit into a request. Put them into the recovery bucket below uploads/ and write "keysFrom": { "s3": { "key": "uploads/keys.jsonl" } }.`;
  return `Field "${field}" is ${show(value)}: ${remedyOf(issue, value)}${value === null ? ", or leave the field out" : ""}.`;
}

function unknownField(key: string, path: Path, value: unknown): string {
  const field = fieldAt([...path, key]);
  const known = fieldsAt(path);
  // Known to another branch of the schema: two ways of saying one thing.
  if (known.includes(key))
    return `Field "${field}" can't stand there together with its neighbour: leave one of the two out.`;
  const likely = likelyField(key, path);
  const instead = likely ? `did you mean "${likely}"?` : `known are ${known.join(", ")}.`;
  return `Field "${field}" (${show(value)}) is not known: ${instead}`;
}

/** The faults of the way of writing it that was probably meant; undefined where none was. */
function meantOf(issue: z.core.$ZodIssueInvalidUnion, value: unknown): readonly Issue[] | undefined {
  const meant = issue.errors.find((faults) =>
    faults.every(({ path }) => path.length > 1 || (valueAt(value, path) !== undefined && path.length > 0)),
  );
  if (meant) return meant;
  const strangers = issue.errors.map((faults) => faults.find(({ code }) => code === "unrecognized_keys"));
  const [stranger] = strangers;
  return stranger && strangers.every(Boolean) ? [stranger] : undefined;
}

function fieldAt(path: Path): string {
  return showName(path.map(String).join("."));
}

function remedyOf(issue: Issue, value: unknown): string {
  const wanted = wantedAt(issue.path);
  switch (issue.code) {
    case "invalid_type":
      return wanted ?? TYPES[issue.expected] ?? `it must be of type ${issue.expected}`;
    case "invalid_value":
      return `write ${oneOf(issue.values)}`;
    case "invalid_format":
      return formatRemedy(issue, value) ?? wanted ?? issue.message;
    case "too_small":
      if (issue.origin === "array" && issue.minimum === 1) return "give at least one entry, or leave the field out";
      if (issue.origin === "string") return "it must not be empty";
      return wanted ?? issue.message;
    case "too_big":
      if (issue.origin === "string")
        return `it has ${String(value).length} characters and at most ${issue.maximum} are allowed`;
      return wanted ?? issue.message;
    default:
      return wanted ?? issue.message;
  }
}

function formatRemedy(issue: z.core.$ZodIssueInvalidStringFormat, value: unknown): string | undefined {
  const text = String(value);
  if (issue.format === "starts_with")
    return `lists of keys are read from the recovery bucket, below uploads/: put it there and write ${show(`uploads/${text.slice(text.lastIndexOf("/") + 1)}`)}`;
  const arn = /^arn:[^:]*:dynamodb:[^:]*:[^:]*:table\/([^/]+)$/.exec(text);
  return arn ? `write the table's name alone, ${show(arn[1])}` : undefined;
}

function oneOf(values: readonly unknown[]): string {
  const quoted = values.map((value) => JSON.stringify(value));
  return quoted.length === 1 ? String(quoted[0]) : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

function wantedAt(path: Path): string | undefined {
  const exact = WANTED[path.map(String).join(".")];
  if (exact !== undefined) return exact;
  // Below these stand names of key attributes, which are the table's own.
  const keyAt = path[0] === "keys" ? 1 : path[0] === "decisions" && path[2] === "key" ? 3 : path.length;
  return WANTED[path.map((step, index) => (typeof step === "number" || index >= keyAt ? "*" : String(step))).join(".")];
}

/** The value at a place of a request, or of a part of it. */
export function valueAt(root: unknown, path: Path): unknown {
  let value: unknown = root;
  for (const step of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}
