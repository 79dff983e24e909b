/** Requests that are wrong in themselves, or for the table as it is: what is changed in a good one, and what the refusal says. */
import { ORDERS_TABLE } from "../../support/deployed-pocket-aws.ts";
import { ago, type Fields, KEY } from "./refusals.ts";

type BadRequest = readonly [title: string, changes: (lastGood: string) => Fields, says: readonly string[]];

const MINUTE = 60_000;
export const NO_KEYS = { keys: undefined };

export const BAD_REQUESTS: readonly BadRequest[] = [
  ["an unknown table", () => ({ table: "order" }), ['Field "table" is "order"', 'did you mean "orders"?']],
  [
    "the ARN of the table",
    () => ({ table: `arn:aws:dynamodb:us-east-1:111122223333:table/${ORDERS_TABLE}` }),
    ['Field "table" is "arn:aws:dynamodb', 'name alone, "orders"'],
  ],
  [
    "a time without a zone",
    () => ({ restoreDateTime: undefined, badSince: "2026-11-20T02:20:00" }),
    ['Field "badSince" is "2026-11-20T02:20:00", which has no time zone', 'write "2026-11-20T02:20:00Z"'],
  ],
  [
    "a blank between date and time",
    () => ({ restoreDateTime: "2026-11-20 02:20:00Z" }),
    ['Field "restoreDateTime" is "2026-11-20 02:20:00Z"', 'write "2026-11-20T02:20:00Z"'],
  ],
  [
    "what is no time",
    () => ({ restoreDateTime: undefined, badSince: "last night" }),
    ['Field "badSince" is "last night"', '"45m ago"'],
  ],
  [
    "a day that no calendar has",
    () => ({ restoreDateTime: "2026-02-30T02:20:00Z" }),
    ['Field "restoreDateTime" is "2026-02-30T02:20:00Z"', "no date of the calendar"],
  ],
  [
    "a time in the future",
    () => ({ restoreDateTime: undefined, badSince: ago(-60 * MINUTE) }),
    ['Field "badSince" is "', "which is in the future", "check date and zone"],
  ],
  [
    "a time before the window of point-in-time recovery",
    () => ({ restoreDateTime: undefined, badSince: "90m ago" }),
    [
      'Field "badSince" is "90m ago"',
      "point-in-time recovery reaches back to",
      "give a later time",
      "There is no older backup",
    ],
  ],
  [
    "an incident that ends before it begins",
    (lastGood) => ({ incidentEnd: new Date(Date.parse(lastGood) - MINUTE).toISOString() }),
    ['Field "incidentEnd" is "', "before the incident began"],
  ],
  [
    "an incident that ends in the future",
    () => ({ incidentEnd: ago(-MINUTE) }),
    ['Field "incidentEnd" is "', "leave it out while the incident goes on"],
  ],
  [
    "both badSince and restoreDateTime",
    () => ({ badSince: "1s ago" }),
    ['"badSince" ("1s ago") and "restoreDateTime"', "leave one out"],
  ],
  [
    "neither badSince nor restoreDateTime",
    () => ({ restoreDateTime: undefined }),
    ['Field "badSince" is missing', '"45m ago"'],
  ],
  [
    "a key without its sort key",
    () => ({ keys: [KEY, { pk: "a" }] }),
    ['Field "keys.1" is {"pk":"a"}: Key attribute sk is missing', "give it as text"],
  ],
  [
    "a key with another attribute beside",
    () => ({ keys: [{ ...KEY, total: 1 }] }),
    ['Field "keys.0" is ', "Key attribute total is not in the key schema; the key of this table is pk, sk"],
  ],
  [
    "a key of another type",
    () => ({ keys: [{ ...KEY, sk: 1 }] }),
    ['Field "keys.0" is ', "Key attribute sk is 1; this table wants text"],
  ],
  [
    "a key that is an AttributeValue of another type",
    () => ({ keys: [{ ...KEY, sk: { N: "1" } }] }),
    ['Key attribute sk is {"N":"1"}', "this table wants text"],
  ],
  [
    "a key that is no object",
    () => ({ keys: ["TENANT#acme"] }),
    ['Field "keys.0" is "TENANT#acme"', "write an object of the key attributes"],
  ],
  [
    "an unknown field",
    () => ({ tenant: ["acme"] }),
    ['Field "tenant" (["acme"]) is not known', 'did you mean "tenants"?'],
  ],
  [
    "an unknown field inside another",
    () => ({ readOnly: { guard: ["ssm-flag"] } }),
    ['Field "readOnly.guard"', 'did you mean "readOnly.guards"?'],
  ],
  ["an empty list of keys", () => ({ keys: [] }), ['Field "keys" is []', "at least one"]],
  [
    "a hundred and one inline keys",
    () => ({ keys: Array.from({ length: 101 }, (_, index) => ({ ...KEY, sk: `ORDER#${index}` })) }),
    ['Field "keys" has 101 keys: at most 100', "uploads/"],
  ],
  [
    "both keys and keysFrom",
    () => ({ keysFrom: { s3: { key: "uploads/keys.jsonl" } } }),
    ['"keys" (1 of them) and "keysFrom"', "leave one out"],
  ],
  [
    "a comparison of tables, but exports for evidence",
    () => ({ ...NO_KEYS, keysFrom: { compare: {} }, evidence: "export" }),
    ['"keysFrom" is {"compare":{}}', '"evidence" is "export"', 'leave "keysFrom" out'],
  ],
  [
    "exports of a short incident at the very beginning of point-in-time recovery",
    (lastGood) => ({ evidence: "export", incidentEnd: new Date(Date.parse(lastGood) + 1000).toISOString() }),
    [
      'Field "evidence" is "export", but an incident of less than 15 minutes needs an export from',
      "point-in-time recovery",
      'write "evidence": "restore"',
    ],
  ],
  [
    "evidence that there is not",
    () => ({ evidence: "snapshot" }),
    ['Field "evidence" is "snapshot"', 'write "auto", "export", "restore"'],
  ],
  [
    "the evidence of a recovery that nobody knows",
    () => ({ evidence: { from: "last-night" } }),
    ['Field "evidence.from" is "last-night", which is no earlier recovery', "the name of its execution"],
  ],
  [
    "a backup that there is not",
    () => ({ evidence: { backup: "monday" } }),
    ['Field "evidence.backup" is "monday", which is no backup of table "orders"', "list-backups"],
  ],
  [
    "decisions without the recovery that left them",
    () => ({ ...NO_KEYS, decisions: [{ key: KEY, decision: "revert" }] }),
    ['Field "decisions" decides what an earlier recovery left', '"evidence": { "from":'],
  ],
  [
    "a time for items that are deleted as they are",
    () => ({ deleteOnly: true }),
    [
      'Field "restoreDateTime" is "',
      '"deleteOnly" deletes the named items as they are now',
      "leave one of the two out",
    ],
  ],
  [
    "items to delete, but nothing that says which",
    () => ({ ...NO_KEYS, restoreDateTime: undefined, deleteOnly: true }),
    ['Field "deleteOnly" is true, but nothing says which items', 'give "keys"'],
  ],
  [
    "a list outside of uploads/",
    () => ({ ...NO_KEYS, keysFrom: { s3: { key: "recoveries/other/request.json" } } }),
    ['Field "keysFrom.s3.key" is "recoveries/other/request.json"', 'write "uploads/request.json"'],
  ],
  [
    "a list that is not there",
    () => ({ ...NO_KEYS, keysFrom: { s3: { key: "uploads/nothing.jsonl" } } }),
    ['Field "keysFrom.s3.key" is "uploads/nothing.jsonl"', "is not there: upload it"],
  ],
  [
    "a list whose format nobody can tell",
    () => ({ ...NO_KEYS, keysFrom: { s3: { key: "uploads/keys.jsonl.gz" } } }),
    ['Field "keysFrom.s3.key" is "uploads/keys.jsonl.gz"', "Compressed lists are not read"],
  ],
  [
    "a partition key of another type",
    () => ({ ...NO_KEYS, keysFrom: { partition: { key: 7 } } }),
    ['Field "keysFrom.partition" is {"key":7}', "this table wants text"],
  ],
  [
    "a range of sort keys that ends before it begins",
    () => ({ ...NO_KEYS, keysFrom: { partition: { key: KEY.pk, sortKeyBetween: ["b", "a"] } } }),
    ['"sortKeyBetween" ends before it begins', "the smaller one first"],
  ],
  [
    "tenants together with iam-deny",
    () => ({ tenants: ["acme"], readOnly: { guards: ["iam-deny"] } }),
    ['"readOnly.guards" has "iam-deny" while "tenants" is ["acme"]', "whole table only"],
  ],
  [
    "a tenant that the flag can't hold",
    () => ({ tenants: ["acme,globex"] }),
    ['"ssm-flag"', 'tenant "acme,globex" can\'t stand in a list separated by commas', "leave it out"],
  ],
  [
    "a guard that there is not",
    () => ({ readOnly: { guards: ["firewall"] } }),
    ['Field "readOnly.guards.0" is "firewall"', '"ssm-flag", "iam-deny" or "table-policy"'],
  ],
  [
    "an unknown way with conflicts",
    () => ({ conflicts: "ask" }),
    ['Field "conflicts" is "ask"', 'write "skip", "merge", "overwrite" or "fail"'],
  ],
  [
    "a key attribute to be reverted",
    () => ({ attributes: { only: ["total", "sk"] } }),
    ['Field "attributes.only" has "sk", which is a key attribute', "Leave it out"],
  ],
  [
    "the version attribute to be reverted",
    () => ({ attributes: { only: ["version"] } }),
    ['Field "attributes.only" has "version", which is the versionAttribute', "Leave it out"],
  ],
  [
    "an attribute both in and out",
    () => ({ attributes: { only: ["total"], except: ["total"] } }),
    ['Attribute "total" is in "attributes.only" and in "attributes.except"', "leave it out of one"],
  ],
  [
    "a group that is to revert what is not in it",
    () => ({ groups: [{ kind: "updated", attributes: ["total"], revert: ["currency"] }] }),
    ['Field "groups.0.revert" has "currency"', "take it out or add it"],
  ],
  ["a concurrency beyond every bound", () => ({ concurrency: 0 }), ['Field "concurrency" is 0', "from 1 to 1000"]],
  [
    "an approval that waits longer than the recovery may last",
    () => ({ approval: { timeoutHours: 200 } }),
    ['Field "approval.timeoutHours" is 200', "at most 144"],
  ],
];
