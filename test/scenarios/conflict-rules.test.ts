/** The four conflict rules side by side: the same incident in four tenants, compared item by item. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { answer, approveWith } from "./support/answers.ts";
import { BEFORE, type Course, MINUTE, partitionOf, playCourses, SECOND, startPastStage } from "./support/courses.ts";
import { readPlan } from "./support/operator.ts";

const n = (value: number) => ({ N: String(value) });
const s = (value: string) => ({ S: value });
const good: Item = { total: n(10), currency: s("EUR"), note: s("") };
const bad: Item = { total: s("NaN"), note: s("") };

/** By rule: the item as it must be in the end. */
type Expected = Readonly<Record<"skip" | "merge" | "overwrite" | "fail", Item | null>>;
const all = (item: Item | null): Expected => ({ skip: item, merge: item, overwrite: item, fail: item });

const corrected = { ...bad, total: n(9) };
const elsewhere = { ...bad, note: s("called") };
const anew = { ...good, total: n(7) };
const CASES: readonly (Pick<Course, "name" | "writes"> & { readonly expected: Expected })[] = [
  // Under `fail` nobody is repaired: the plan met a conflict.
  {
    name: "no conflict",
    writes: [
      [BEFORE, good],
      [SECOND, bad],
    ],
    expected: { ...all(good), fail: bad },
  },
  {
    name: "good since, elsewhere",
    writes: [
      [BEFORE, good],
      [SECOND, bad],
      [30 * MINUTE, elsewhere],
    ],
    expected: { ...all({ ...good, note: s("called") }), fail: elsewhere },
  },
  {
    name: "good since, in the same attribute",
    writes: [
      [BEFORE, good],
      [SECOND, bad],
      [30 * MINUTE, corrected],
    ],
    expected: { skip: corrected, merge: { ...good, total: n(9) }, overwrite: good, fail: corrected },
  },
  {
    name: "created anew since",
    writes: [
      [BEFORE, good],
      [SECOND, null],
      [30 * MINUTE, anew],
    ],
    expected: all(anew),
  },
  {
    name: "deleted since",
    writes: [
      [BEFORE, good],
      [SECOND, bad],
      [30 * MINUTE, null],
    ],
    expected: all(null),
  },
];

let stage: DeployedPocketAws;
let times: { readonly badSince: string; readonly incidentEnd: string };
const RULES = ["skip", "merge", "overwrite", "fail"] as const;

beforeAll(async () => {
  const past = await startPastStage(5);
  stage = past.stage;
  // All tenants at once: their items differ in the tenant's name alone.
  const courses = RULES.flatMap((rule) =>
    CASES.map(({ name, writes }) => ({ name: `${rule}: ${name}`, writes, expected: null })),
  );
  times = await playCourses(past, "all", courses, 20 * MINUTE);
});

afterAll(() => stage?.close());

const request = (rule: string) => ({
  table: ORDERS_TABLE,
  ...times,
  conflicts: rule,
  keysFrom: { partition: { key: partitionOf("all"), sortKeyPrefix: `${rule}: ` } },
  damagedWhen: "true",
});

async function items(rule: string): Promise<Record<string, Item | undefined>> {
  const content = await stage.tableContent();
  return Object.fromEntries(
    CASES.map(({ name }) => {
      const {
        pk: _pk,
        sk: _sk,
        version: _version,
        ...item
      } = content.get(`${partitionOf("all")}/${rule}: ${name}`) ?? {};
      return [name, Object.keys(item).length > 0 ? item : undefined];
    }),
  );
}

const expected = (rule: (typeof RULES)[number]) =>
  Object.fromEntries(CASES.map((one) => [one.name, one.expected[rule] ?? undefined]));

describe.each(["skip", "merge", "overwrite"] as const)("conflicts: %s", (rule) => {
  test("leaves every item as the rule says", async () => {
    const execution = await stage.startRecovery(`${rule}-1`, request(rule));
    await approveWith(stage, execution, {});
    await stage.waitForStatus(execution, "SUCCEEDED");

    expect(await items(rule)).toEqual(expected(rule));
  });
});

test("lists what each rule left, and why", async () => {
  const left = async (rule: string) =>
    (await stage.readReport<Report>(`${rule}-1`)).repairs.left
      .map(({ key, reason }) => `${(key.sk as { S: string }).S.replace(/^\w+: /, "")}: ${reason}`)
      .sort();

  expect(await left("overwrite")).toEqual([
    "created anew since: conflict: recreated",
    "deleted since: conflict: deleted-since",
  ]);
  expect(await left("skip")).toEqual([
    ...(await left("overwrite")),
    "good since, in the same attribute: conflict: attributes",
  ]);
  expect((await left("merge")).join()).toContain("good since, in the same attribute");
});

test("conflicts: fail asks for a decision and repairs nothing until somebody plans otherwise", async () => {
  const execution = await stage.startRecovery("fail-1", request("fail"));
  await answer(stage, execution, { answer: "stop" });
  await stage.waitForStatus(execution, "FAILED");

  expect(await items("fail")).toEqual(expected("fail"));
  expect((await readPlan(stage, "fail-1")).conflicts).toBe(3);
});
