/** Requests: right ones in all their forms, as docs/requests.md has them, and what becomes of them by mutations. */
import fc from "fast-check";
import { jsonOf, junk, longText, telling } from "./junk.ts";
import { mutatedBy, mutation } from "./mutations.ts";

/** Earlier recoveries that the stage has. */
export const EARLIER = ["look-1", "planned-1"] as const;

const key = fc.oneof(
  fc.record({ pk: fc.constantFrom("TENANT#acme", "TENANT#globex"), sk: fc.constantFrom("ORDER#1", "ORDER#2", "ä😀") }),
  fc.constant({ pk: { S: "TENANT#acme" }, sk: { S: "ORDER#1" } }),
);
const attributes = fc.uniqueArray(fc.constantFrom("total", "note", "currency", "constructor", "a b"), { minLength: 1 });
const JSONATA = ["true", "after.total < 0", "$exists(before) and live.total > 1", "live.tags[$ != 'x'][]"] as const;
/** Broken, endless, deep or huge. */
const BAD_JSONATA = [
  ...["(", ")", "after.", "$", "/(a+)+$/", "[1..", '"', "function(", "λ($x){$x}", "{", "a ? b", "@", "%", "$eval('1')"],
  ...[
    "($f := function($x) { $f($x) }; $f(1))",
    "[1..9999999].$",
    "(".repeat(3999),
    "[".repeat(4000),
    "a.".repeat(1999),
  ],
  ...[
    `${"(".repeat(1900)}1${")".repeat(1900)}`,
    "1+".repeat(1999),
    "not ".repeat(900),
    "x".repeat(4001),
    "\ud800",
    "/[/",
  ],
] as const;
const expression = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<string>(...JSONATA) },
  { weight: 1, arbitrary: fc.constantFrom<string>(...BAD_JSONATA) },
);

const times = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom({ badSince: "40m ago" }, { badSince: "1h 30m ago" }, { restoreDateTime: "2400s ago" }),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      { badSince: "90m ago", incidentEnd: "60m ago" },
      { badSince: "20m ago", incidentEnd: "19m ago" },
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        ...["2026-11-20T02:20:00", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "+275760-09-13T00:00:00Z"],
        ...[
          "2026-13-01T00:00:00Z",
          "1969-12-31T23:59:59Z",
          "2026-11-20 02:20:00Z",
          "1795140000",
          "0000-00-00T00:00:00Z",
        ],
        ...[
          "99999999999999999999d ago",
          "-5m ago",
          "5 ago",
          "m ago",
          "ago",
          "1.5h ago",
          "5y ago",
          "2026-11-20T25:00:00Z",
        ],
        ...[
          `${"1s ".repeat(5000)}ago`,
          `${"9".repeat(400)}d ago`,
          `${"1".repeat(100_000)}x`,
          "2026-11-20T02:20:00+99:99",
        ],
      )
      .map((badSince) => ({ badSince })),
  },
);

const keysFrom = fc.constantFrom<unknown>(
  { s3: { key: "uploads/keys.jsonl" } },
  { s3: { key: "uploads/keys.csv", format: "jsonl" } },
  { s3: { key: "uploads/nothing.jsonl" } },
  { partition: { key: "TENANT#acme" } },
  { partition: { key: { pk: "TENANT#acme" }, sortKeyPrefix: "ORDER#" } },
  { partition: { key: { S: "TENANT#acme" }, sortKeyBetween: ["a", "b"] } },
  { logs: {} },
  { audit: { writers: ["release-41"], actions: ["update"] } },
  { timestamp: { attribute: "updatedAt", format: "iso" } },
  { compare: {} },
);

const tenants = fc.oneof(
  fc.constantFrom(["acme"], ["acme", "globex"]),
  fc.array(telling, { minLength: 1, maxLength: 3 }),
  fc.constantFrom(
    Array.from({ length: 10_000 }, (_, index) => `tenant-${index}`),
    ["x".repeat(200_000)],
  ),
);

const evidence = fc.constantFrom<unknown>(
  ...["auto", "restore", "export"],
  ...[
    { backup: "nightly" },
    { backup: "arn:aws:dynamodb:us-east-1:111122223333:table/orders/backup/0" },
    { from: "look-1" },
  ],
  ...[
    { from: "nobody" },
    { from: "lock" },
    { backup: "arn:aws:dynamodb:eu-west-1:999999999999:table/orders/backup/01" },
  ],
);

const some = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 4 });
const rarely = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const settings = {
  readOnly: rarely(
    fc.constantFrom<unknown>(
      "none",
      { guards: ["table-policy"], when: "repair" },
      { guards: ["ssm-flag"] },
      { when: "start" },
    ),
  ),
  onFailure: rarely(fc.constantFrom("keepReadOnly", "lift")),
  approval: rarely(fc.constantFrom<unknown>({ timeoutHours: 2, onTimeout: "lift" }, { timeoutHours: 1e-300 }, {})),
  concurrency: rarely(fc.constantFrom(1, 8, 1000)),
  reason: rarely(fc.oneof(fc.constant("release 41"), telling)),
};

/** What a request of the incident begins with; one of the ways of saying which items. */
const incident = fc
  .tuple(
    times,
    fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      { weight: 3, arbitrary: fc.array(key, { minLength: 1, maxLength: 4 }).map((keys) => ({ keys })) },
      { weight: 3, arbitrary: keysFrom.map((from) => ({ keysFrom: from })) },
    ),
    fc.record({
      ...settings,
      mode: some(fc.constantFrom("plan", "repair")),
      evidence: some(evidence),
      tenants: rarely(tenants),
      attributes: rarely(
        fc.oneof(
          fc.record({ only: attributes }),
          fc.record({ except: attributes, delta: fc.constant(["stock"]) }),
          fc.record({
            set: fc.dictionary(fc.constantFrom("total", "note", "sk", "__proto__"), expression, {
              noNullPrototype: true,
            }),
          }),
          fc.constant({ only: Array.from({ length: 10_000 }, (_, index) => `attribute-${index}`) }),
        ),
      ),
      damagedWhen: rarely(expression),
      conflicts: rarely(fc.constantFrom("skip", "merge", "overwrite", "fail")),
      created: rarely(fc.constantFrom("report", "delete")),
      groups: rarely(
        fc.oneof(
          fc.constantFrom<unknown>(
            [{ kind: "updated", attributes: ["total"], revert: ["total"] }],
            [{ kind: "deleted" }],
          ),
          fc.constant(Array(12_000).fill({ kind: "created" })),
        ),
      ),
    }),
  )
  .map(([when, which, rest]): object => ({ table: "orders", ...when, ...which, ...rest }));

const rerun = fc
  .tuple(
    fc.constantFrom("undo", "plan", "resume"),
    fc.constantFrom<string>(...EARLIER, "nobody", "lock", "watch"),
    fc.record(settings),
  )
  .map(([form, id, rest]): object => (form === "resume" ? { resume: id } : { [form]: id, ...rest }));

const others = fc.constantFrom<object>(
  { table: "orders", deleteOnly: true, keys: [{ pk: "TENANT#acme", sk: "ORDER#1" }] },
  { table: "orders", deleteOnly: true, keysFrom: { partition: { key: "TENANT#acme" } }, damagedWhen: "true" },
  {
    table: "orders",
    evidence: { from: "planned-1" },
    decisions: [{ key: { pk: "TENANT#acme", sk: "ORDER#1" }, decision: "revert", attributes: ["total"] }],
  },
);

const right = fc.oneof(
  { weight: 8, arbitrary: incident },
  { weight: 1, arbitrary: rerun },
  { weight: 1, arbitrary: others },
);

/** The same text, with the field said twice: the last one counts, whoever reads it. */
function withTwice(text: string): string {
  return text.replace(/^\{"table":/, '{"table":"nothing","table":');
}

/** JSON text of a request: right, or changed at up to four of its places, or anything at all. */
export const requestText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: right.map(jsonOf) },
  {
    weight: 16,
    arbitrary: fc
      .tuple(right, fc.array(mutation, { minLength: 1, maxLength: 4 }))
      .map(([request, mutations]) => jsonOf(mutatedBy(JSON.parse(jsonOf(request)), mutations))),
  },
  { weight: 1, arbitrary: right.map(jsonOf).map(withTwice) },
  { weight: 1, arbitrary: fc.oneof(junk, longText).map(jsonOf) },
);
