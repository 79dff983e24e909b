import { describe, expect, it } from "vitest";
import { parseRequest } from "../../../functions/request/parse-request.ts";
import { InvalidRequest } from "../../../functions/runtime/errors.ts";

const GOOD = { table: "orders", badSince: "2026-11-20T02:20:00Z", keys: [{ pk: "a" }] };
const { keys: _keys, ...WITHOUT_KEYS } = GOOD;

function refusal(request: unknown): string {
  try {
    parseRequest(request);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequest);
    return (error as Error).message;
  }
  throw new Error("The request was accepted.");
}

describe("a good request", () => {
  it("gets a default that is safe in every field that it leaves out", () => {
    expect(parseRequest(GOOD)).toEqual({
      ...GOOD,
      mode: "repair",
      evidence: "auto",
      readOnly: { when: "start" },
      onFailure: "keepReadOnly",
      approval: { timeoutHours: 24, onTimeout: "stop" },
      concurrency: 8,
      conflicts: "skip",
      created: "report",
    });
  });

  it.each([
    ["keys as AttributeValues", { ...GOOD, keys: [{ pk: { S: "a" }, sk: { N: "1" } }] }],
    ["keys as plain scalars", { ...GOOD, keys: [{ pk: "a", sk: 1 }] }],
    ["a list in S3", { ...WITHOUT_KEYS, keysFrom: { s3: { key: "uploads/a.csv" } } }],
    ["a partition", { ...WITHOUT_KEYS, keysFrom: { partition: { key: "a", sortKeyPrefix: "2026" } } }],
    ["no freeze", { ...GOOD, readOnly: "none" }],
    ["no keys at all: the evidence names them", WITHOUT_KEYS],
    ["no times, where an earlier recovery had them", { table: "orders", evidence: { from: "night-1" } }],
    ["a backup for evidence", { ...WITHOUT_KEYS, evidence: { backup: "monday" } }],
    ["items to delete, without times", { table: "orders", deleteOnly: true, keys: [{ pk: "a" }] }],
    [
      "decisions on what an earlier recovery left",
      {
        table: "orders",
        evidence: { from: "night-1" },
        decisions: [{ key: { pk: { S: "a" } }, decision: "revert", attributes: ["total"] }],
      },
    ],
    ["the field that the console adds", { ...GOOD, AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: "x" }],
  ])("may have %s", (_what, request) => {
    expect(parseRequest(request).table).toBe("orders");
  });
});

describe("what is no object", () => {
  it.each([
    [null, "null"],
    ["orders", '"orders"'],
    [[GOOD], "["],
    [undefined, "missing"],
    [7, "7"],
  ])("%j is refused with an example", (request, shown) => {
    expect(refusal(request)).toContain(`The request is ${shown}`);
    expect(refusal(request)).toContain('{ "table": "orders", "badSince":');
  });
});

describe("an unknown field", () => {
  it.each([
    [{ ...GOOD, badsince: "x" }, '"badsince"', '"badSince"'],
    [{ ...GOOD, bad_since: "x" }, '"bad_since"', '"badSince"'],
    [{ ...GOOD, since: "x" }, '"since"', '"badSince"'],
    [{ ...GOOD, tableName: "x" }, '"tableName"', '"table"'],
    [{ ...GOOD, conflict: "skip" }, '"conflict"', '"conflicts"'],
    [{ ...GOOD, guards: ["ssm-flag"] }, '"guards"', '"readOnly.guards"'],
    [{ ...GOOD, only: ["total"] }, '"only"', '"attributes.only"'],
    [{ ...GOOD, timeoutHours: 3 }, '"timeoutHours"', '"approval.timeoutHours"'],
    [{ ...GOOD, readOnly: { gaurds: [] } }, '"readOnly.gaurds"', '"readOnly.guards"'],
    [{ ...GOOD, approval: { timeout: 3 } }, '"approval.timeout"', '"approval.timeoutHours"'],
    [{ ...GOOD, attributes: { onyl: ["a"] } }, '"attributes.onyl"', '"attributes.only"'],
    [{ ...WITHOUT_KEYS, keysFrom: { S3: { key: "uploads/a" } } }, '"keysFrom.S3"', '"keysFrom.s3"'],
    [
      { ...WITHOUT_KEYS, keysFrom: { s3: { path: "x", key: "uploads/a" } } },
      '"keysFrom.s3.path"',
      "known are key, format",
    ],
    [{ ...GOOD, groups: [{ kind: "updated", attribute: ["a"] }] }, '"groups.0.attribute"', '"groups.0.attributes"'],
    [{ ...GOOD, zzzzzzzzzz: 1 }, '"zzzzzzzzzz"', "known are table, mode, badSince"],
  ])("%j is named with the likely one", (request, field, likely) => {
    expect(refusal(request)).toContain(`Field ${field}`);
    expect(refusal(request)).toContain("is not known");
    expect(refusal(request)).toContain(likely);
  });

  it("of the console is not offered to people", () => {
    expect(refusal({ ...GOOD, zzzzzzzzzz: 1 })).not.toContain("AWS_STEP_FUNCTIONS");
  });
});

describe("a field of the wrong kind", () => {
  it.each([
    [{ ...GOOD, table: undefined }, 'Field "table" is missing: write the name of a table'],
    [{ ...GOOD, table: 5 }, 'Field "table" is 5: write the name of a table'],
    [{ ...GOOD, table: "or ders" }, 'Field "table" is "or ders": write the name of a table'],
    [
      { ...GOOD, table: "arn:aws:dynamodb:eu-west-1:111122223333:table/orders" },
      'write the table\'s name alone, "orders".',
    ],
    [{ ...GOOD, incidentEnd: null }, 'Field "incidentEnd" is null: write text, or leave the field out.'],
    [{ ...GOOD, badSince: 1795141200 }, 'Field "badSince" is 1795141200: write text.'],
    [{ ...GOOD, mode: "dry-run" }, 'Field "mode" is "dry-run": write "repair" or "plan".'],
    [{ ...GOOD, conflicts: "ask" }, 'Field "conflicts" is "ask": write "skip", "merge", "overwrite" or "fail".'],
    [{ ...GOOD, evidence: "pitr" }, 'Field "evidence" is "pitr": write "auto", "export", "restore", { "backup":'],
    [{ ...GOOD, evidence: { from: 7 } }, 'Field "evidence.from" is 7: write the name of an earlier recovery'],
    [{ ...GOOD, evidence: { form: "night-1" } }, 'Field "evidence" is {"form":"night-1"}: write "auto", "export"'],
    [{ ...GOOD, deleteOnly: false }, 'Field "deleteOnly" is false: write true'],
    [{ ...GOOD, decisions: { pk: "a" } }, 'Field "decisions" is {"pk":"a"}: write a list such as'],
    [{ ...GOOD, decisions: [{ key: { pk: "a" }, decision: "undo" }] }, 'write "revert" or "keep"'],
    [
      { ...GOOD, decisions: [{ key: { pk: true }, decision: "keep" }] },
      'Field "decisions.0.key.pk" is true: write text, a number, or an AttributeValue',
    ],
    [{ ...GOOD, damagedWhen: true }, 'Field "damagedWhen" is true: write JSONata that gives true or false'],
    [{ ...GOOD, attributes: { delta: "stock" } }, 'Field "attributes.delta" is "stock": write a list of the counters'],
    [{ ...GOOD, attributes: { set: ["total"] } }, 'Field "attributes.set" is ["total"]: write an object of names'],
    [{ ...GOOD, created: true }, 'Field "created" is true: write "report" or "delete".'],
    [{ ...GOOD, concurrency: 1.5 }, 'Field "concurrency" is 1.5: write a whole number from 1 to 1000.'],
    [{ ...GOOD, concurrency: 1001 }, 'Field "concurrency" is 1001: write a whole number from 1 to 1000.'],
    [{ ...GOOD, approval: { timeoutHours: 0 } }, 'Field "approval.timeoutHours" is 0: write hours, more than 0'],
    [{ ...GOOD, approval: "no" }, 'Field "approval" is "no": write an object.'],
    [{ ...GOOD, readOnly: "off" }, 'Field "readOnly" is "off": write "none", or an object'],
    [{ ...GOOD, readOnly: true }, 'Field "readOnly" is true: write "none", or an object'],
    [{ ...GOOD, readOnly: { when: "later" } }, 'Field "readOnly.when" is "later": write "start" or "repair".'],
    [
      { ...GOOD, readOnly: { guards: ["deny"] } },
      'Field "readOnly.guards.0" is "deny": write "ssm-flag", "iam-deny" or "table-policy".',
    ],
    [{ ...GOOD, reason: "x".repeat(1001) }, "it has 1001 characters and at most 1000 are allowed."],
    [{ ...GOOD, tenants: "acme" }, 'Field "tenants" is "acme": write a list.'],
    [{ ...GOOD, tenants: [""] }, 'Field "tenants.0" is "": it must not be empty.'],
    [
      { ...GOOD, groups: [{ attributes: [] }] },
      'Field "groups.0.kind" is missing: write "updated", "deleted" or "created".',
    ],
  ])("%j is refused with what it takes", (request, message) => {
    expect(refusal(request)).toContain(message);
  });
});

describe("keys", () => {
  it.each([
    [{ ...GOOD, keys: [] }, 'Field "keys" is []: give at least one entry'],
    [{ ...GOOD, keys: { pk: "a" } }, 'Field "keys" is {"pk":"a"}: write a list of keys'],
    [{ ...GOOD, keys: ["a"] }, 'Field "keys.0" is "a": write an object of the key attributes'],
    [{ ...GOOD, keys: [{ pk: true }] }, 'Field "keys.0.pk" is true: write text, a number, or an AttributeValue'],
    [{ ...GOOD, keys: [{ pk: { S: 1 } }] }, 'Field "keys.0.pk.S" is 1: write text.'],
    [
      { ...GOOD, keys: [{ pk: { L: [] } }] },
      'Field "keys.0.pk" is {"L":[]}: write text, a number, or an AttributeValue',
    ],
    [{ ...GOOD, keys: [{ pk: "a" }, { pk: null }] }, 'Field "keys.1.pk" is null'],
    [{ ...GOOD, keys: Array.from({ length: 101 }, (_, i) => ({ pk: i })) }, 'Field "keys" has 101 keys: at most 100'],
    [{ ...WITHOUT_KEYS, keysFrom: {} }, 'Field "keysFrom" is {}: write { "s3":'],
    [{ ...WITHOUT_KEYS, keysFrom: "uploads/a" }, 'Field "keysFrom" is "uploads/a": write { "s3":'],
    [{ ...WITHOUT_KEYS, keysFrom: { s3: {} } }, 'Field "keysFrom.s3.key" is missing'],
    [{ ...WITHOUT_KEYS, keysFrom: { s3: { key: "keys.jsonl" } } }, 'write "uploads/keys.jsonl"'],
    [{ ...WITHOUT_KEYS, keysFrom: { s3: { key: "s3://bucket/x/keys.csv" } } }, 'write "uploads/keys.csv"'],
    [{ ...WITHOUT_KEYS, keysFrom: { s3: { key: "uploads/a" }, partition: { key: "a" } } }, "leave one of the two out"],
    [
      { ...WITHOUT_KEYS, keysFrom: { partition: { key: true } } },
      'Field "keysFrom.partition.key" is true: write the value',
    ],
    [
      { ...WITHOUT_KEYS, keysFrom: { partition: { key: "a", sortKeyBetween: ["b"] } } },
      'Field "keysFrom.partition.sortKeyBetween" is ["b"]: write the first and the last',
    ],
  ])("%j are refused with field, value and remedy", (request, message) => {
    expect(refusal(request)).toContain(message);
  });
});

describe("fields that don't go together", () => {
  it.each([
    [{ ...GOOD, restoreDateTime: "2026-11-20T02:19:59Z" }, '"badSince" ("2026-11-20T02:20:00Z") and "restoreDateTime"'],
    [{ ...GOOD, badSince: undefined }, 'Field "badSince" is missing'],
    [{ ...GOOD, keysFrom: { s3: { key: "uploads/a" } } }, 'Fields "keys" (1 of them) and "keysFrom"'],
    [
      { ...WITHOUT_KEYS, evidence: "export", keysFrom: { compare: {} } },
      'Field "keysFrom" is {"compare":{}}, which compares restored tables, but "evidence" is "export"',
    ],
    [
      { ...WITHOUT_KEYS, decisions: [{ key: { pk: "a" }, decision: "keep" }] },
      'Field "decisions" decides what an earlier recovery left, but "evidence" is "auto"',
    ],
    [
      { ...GOOD, evidence: { from: "night-1" }, decisions: [{ key: { pk: "a" }, decision: "keep" }] },
      'Fields "decisions" (1 of them) and "keys" ([{"pk":"a"}]) are both given',
    ],
    [{ ...GOOD, deleteOnly: true }, 'Field "badSince" is "2026-11-20T02:20:00Z", but "deleteOnly" deletes'],
    [{ table: "orders", deleteOnly: true }, 'Field "deleteOnly" is true, but nothing says which items'],
    [
      { table: "orders", deleteOnly: true, keys: [{ pk: "a" }], evidence: "restore" },
      'Field "evidence" is "restore", but "deleteOnly"',
    ],
    [
      { table: "orders", deleteOnly: true, keysFrom: { audit: {} } },
      'Field "keysFrom" is {"audit":{}}, which says what may have changed',
    ],
    [
      { table: "orders", deleteOnly: true, keys: [{ pk: "a" }], attributes: { only: ["total"] } },
      'Field "attributes" is {"only":["total"]}, but "deleteOnly"',
    ],
    [
      { ...WITHOUT_KEYS, keysFrom: { partition: { key: "a", sortKeyPrefix: "b", sortKeyBetween: ["b", "c"] } } },
      '"keysFrom.partition.sortKeyPrefix" ("b") and "keysFrom.partition.sortKeyBetween" (["b","c"])',
    ],
    [
      { ...GOOD, tenants: ["acme"], readOnly: { guards: ["iam-deny"] } },
      'Field "readOnly.guards" has "iam-deny" while "tenants" is ["acme"]',
    ],
  ])("%j are named", (request, message) => {
    expect(refusal(request)).toContain(message);
  });
});

describe("several faults", () => {
  it("are all named", () => {
    const message = refusal({ ...GOOD, table: 5, conflicts: "ask", colour: "red" });

    expect(message).toContain('Field "table"');
    expect(message).toContain('Field "conflicts"');
    expect(message).toContain('Field "colour"');
  });

  it("beyond the fifth are counted", () => {
    const message = refusal({ ...GOOD, keys: Array.from({ length: 9 }, () => ({ pk: true })) });

    expect(message.match(/Field "keys/g)).toHaveLength(5);
    expect(message).toContain("And 4 more such faults.");
  });

  it("quote long values in short", () => {
    expect(refusal({ ...GOOD, readOnly: "x".repeat(5000) }).length).toBeLessThan(400);
  });
});
