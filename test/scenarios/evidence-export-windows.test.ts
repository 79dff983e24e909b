/** Every course that an item can take through the windows of exports: the images are exact, or the item is left to a person. */
import { UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { BEFORE, type Course, HOUR, MINUTE, playCourses, SECOND, startPastStage } from "./support/courses.ts";

let stage: DeployedPocketAws;
afterEach(() => stage?.close());

const n = (value: number) => ({ N: String(value) });
const good: Item = { total: n(10), note: { S: "" }, version: n(1) };
const bad: Item = { ...good, total: { S: "NaN" }, version: n(2) };
/** Recognises what the bug writes: a total that is text. What it deletes or creates is picked by kind. */
const BUG = "$type(after.total) = 'string' or $not($exists(after)) or $not($exists(before))";

async function recoverAll(hoursAgo: number, courses: readonly Course[], incidentMs: number, timeToLive = false) {
  const past = await startPastStage(hoursAgo, {
    conditions: { exportTimestamps: "mixed", exportKeysOfPassingItems: true },
  });
  stage = past.stage;
  if (timeToLive)
    await stage.dynamodb.send(
      new UpdateTimeToLiveCommand({
        TableName: ORDERS_TABLE,
        TimeToLiveSpecification: { Enabled: true, AttributeName: "expiresAt" },
      }),
    );
  const played = await playCourses(past, "acme", courses, incidentMs);
  const { badSince, incidentEnd } = played;
  const request = {
    table: ORDERS_TABLE,
    badSince,
    incidentEnd,
    damagedWhen: BUG,
    attributes: { only: ["total"] },
    created: "delete",
  };
  const executionArn = await stage.startRecovery("windows", request);
  await approveWith(stage, executionArn, {});
  await stage.waitForStatus(executionArn, "SUCCEEDED");
  return { wrong: await played.wrong(), report: await stage.readReport<Report>("windows") };
}

const left = ({ repairs }: Report) =>
  Object.fromEntries(repairs.left.map(({ key, reason }) => [(key.sk as { S: string }).S, reason]));

describe("an incident of 60 hours, in three chained exports", () => {
  const END = 60 * HOUR;

  test("is taken back by the first image of the first window and the last image of the last one", async () => {
    const restored = { ...good, note: { S: "in window 2" } };
    const courses: Course[] = [
      {
        name: "first second",
        writes: [
          [BEFORE, good],
          [1, bad],
        ],
        expected: good,
      },
      {
        name: "last second",
        writes: [
          [BEFORE, good],
          [END - 300, bad],
        ],
        expected: good,
      },
      {
        name: "first and third window",
        writes: [
          [BEFORE, good],
          [HOUR, bad],
          [50 * HOUR, { ...bad, total: { S: "NaN2" } }],
        ],
        expected: good,
      },
      {
        name: "good second write",
        writes: [
          [BEFORE, good],
          [HOUR, bad],
          [30 * HOUR, restored],
        ],
        expected: restored,
      },
      {
        name: "created in the first, gone in the third",
        writes: [
          [HOUR, bad],
          [55 * HOUR, null],
        ],
        expected: null,
      },
      {
        name: "created in the first, written in the third",
        writes: [
          [HOUR, bad],
          [55 * HOUR, { ...bad, note: { S: "x" } }],
        ],
        expected: null,
      },
      {
        name: "deleted in the second",
        writes: [
          [BEFORE, good],
          [30 * HOUR, null],
        ],
        expected: good,
      },
      {
        name: "deleted and created anew",
        writes: [
          [BEFORE, good],
          [HOUR, null],
          [50 * HOUR, bad],
        ],
        expected: good,
      },
      {
        name: "good all the time",
        writes: [
          [BEFORE, good],
          [HOUR, { ...good, total: n(11) }],
        ],
        expected: { ...good, total: n(11) },
      },
      {
        name: "before the first second",
        writes: [
          [BEFORE, good],
          [-1, { ...good, total: n(12) }],
        ],
        expected: { ...good, total: n(12) },
      },
      {
        name: "after the last second",
        writes: [
          [BEFORE, good],
          [HOUR, bad],
          [END + 1, { ...bad, note: { S: "later" } }],
        ],
        expected: { ...good, note: { S: "later" } },
      },
    ];

    const { wrong, report } = await recoverAll(70, courses, END);

    expect(wrong).toEqual([]);
    expect(left(report)).toEqual({});
    const exports = report.evidence?.kind === "export" ? Object.values(report.evidence.exports) : [];
    expect(exports).toHaveLength(3);
    expect(exports.map(({ to }) => to).slice(0, 2)).toEqual(exports.map(({ from }) => from).slice(1));
  });
});

describe("an incident of two minutes, in three exports of a quarter of an hour each", () => {
  const END = 2 * MINUTE;
  const wide: Item = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`a${index}`, n(index)]));
  const huge: Item = { blob: { S: "x".repeat(390_000) } };
  const soon = () => n(Math.floor(Date.now() / 1000) - 60);

  test("is taken back item by item, and what no image can tell is left", async () => {
    const noted = (note: string, item: Item = good): Item => ({ ...item, note: { S: note } });
    const courses: Course[] = [
      {
        name: "first second",
        writes: [
          [BEFORE, good],
          [1, bad],
        ],
        expected: good,
      },
      {
        name: "last second",
        writes: [
          [BEFORE, good],
          [END - 300, bad],
        ],
        expected: good,
      },
      {
        name: "twice by the bug",
        writes: [
          [BEFORE, good],
          [SECOND, bad],
          [MINUTE, { ...bad, total: { S: "NaN2" } }],
        ],
        expected: good,
      },
      {
        name: "good elsewhere before the bug",
        writes: [
          [BEFORE, good],
          [SECOND, noted("paid")],
          [MINUTE, noted("paid", bad)],
        ],
        expected: noted("paid"),
      },
      // No image holds it: two images can't tell two writes to one attribute apart.
      {
        name: "good in the same attribute before the bug",
        writes: [
          [BEFORE, good],
          [SECOND, { ...good, total: n(11) }],
          [MINUTE, bad],
        ],
        expected: good,
      },
      {
        name: "good since, in the quarter of an hour",
        writes: [
          [BEFORE, good],
          [MINUTE, bad],
          [END + MINUTE, noted("called", bad)],
        ],
        expected: noted("called"),
      },
      {
        name: "good since, much later",
        writes: [
          [BEFORE, good],
          [MINUTE, bad],
          [END + HOUR, noted("called", bad)],
        ],
        expected: noted("called"),
      },
      {
        name: "good alone since",
        writes: [
          [BEFORE, good],
          [END + MINUTE, noted("called")],
        ],
        expected: noted("called"),
      },
      {
        name: "passing",
        writes: [
          [SECOND, bad],
          [MINUTE, null],
        ],
        expected: null,
      },
      { name: "created", writes: [[SECOND, bad]], expected: null },
      {
        name: "deleted",
        writes: [
          [BEFORE, good],
          [SECOND, null],
        ],
        expected: good,
      },
      {
        name: "deleted, created anew since",
        writes: [
          [BEFORE, good],
          [SECOND, null],
          [END + MINUTE, noted("typed in")],
        ],
        expected: noted("typed in"),
      },
      {
        name: "written just before",
        writes: [
          [BEFORE, good],
          [-MINUTE, noted("early")],
          [SECOND, noted("early", bad)],
        ],
        expected: noted("early"),
      },
      {
        name: "made just before, deleted",
        writes: [
          [-MINUTE, good],
          [SECOND, null],
        ],
        expected: good,
      },
      {
        name: "expired since",
        writes: [
          [BEFORE, { ...good, expiresAt: soon() }],
          [SECOND, null],
        ],
        expected: null,
      },
      {
        name: "200 attributes",
        writes: [
          [BEFORE, { ...good, ...wide }],
          [SECOND, { ...bad, ...wide, total: { S: "?" } }],
        ],
        expected: { ...good, ...wide },
      },
      {
        name: "nearly 400 KB",
        writes: [
          [BEFORE, { ...good, ...huge }],
          [SECOND, { ...bad, ...huge }],
        ],
        expected: { ...good, ...huge },
      },
    ];

    const { wrong, report } = await recoverAll(4, courses, END, true);

    expect(wrong).toEqual([]);
    expect(left(report)).toEqual({ "deleted, created anew since": "conflict: recreated" });
    expect(report.repairs.notWritten.expired).toBe(1);
    expect(Object.keys(report.evidence?.kind === "export" ? report.evidence.exports : {})).toHaveLength(3);
  });
});
