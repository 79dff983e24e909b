/** What a recovery left open is decided later, item by item, on the same evidence. */
import { ListExportsCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { BEFORE, type Course, MINUTE, partitionOf, playCourses, SECOND, startPastStage } from "./support/courses.ts";

const n = (value: number) => ({ N: String(value) });
const good: Item = { total: n(10), note: { S: "" } };
const bad: Item = { total: { S: "NaN" }, note: { S: "?" } };
const anew: Item = { total: n(7), note: { S: "typed in" } };
const corrected: Item = { total: n(9), note: { S: "?" } };

const COURSES: readonly Course[] = [
  {
    name: "anew, keep",
    writes: [
      [BEFORE, good],
      [SECOND, null],
      [30 * MINUTE, anew],
    ],
    expected: anew,
  },
  {
    name: "anew, revert",
    writes: [
      [BEFORE, good],
      [SECOND, null],
      [30 * MINUTE, anew],
    ],
    expected: good,
  },
  {
    name: "corrected, revert",
    writes: [
      [BEFORE, good],
      [SECOND, bad],
      [30 * MINUTE, corrected],
    ],
    expected: good,
  },
  {
    name: "corrected, revert the note",
    writes: [
      [BEFORE, good],
      [SECOND, bad],
      [30 * MINUTE, corrected],
    ],
    expected: { total: n(9), note: { S: "" } },
  },
  {
    name: "deleted since, revert",
    writes: [
      [BEFORE, good],
      [SECOND, bad],
      [30 * MINUTE, null],
    ],
    expected: good,
  },
  { name: "ghost, revert", writes: [[SECOND, bad]], expected: null },
  { name: "ghost, keep", writes: [[SECOND, bad]], expected: bad },
  {
    name: "written ghost, revert",
    writes: [
      [SECOND, bad],
      [30 * MINUTE, corrected],
    ],
    expected: null,
  },
];

let stage: DeployedPocketAws;
let report: Report;
let wrong: () => Promise<string[]>;

beforeAll(async () => {
  const past = await startPastStage(5);
  stage = past.stage;
  const played = await playCourses(past, "acme", COURSES, 20 * MINUTE);
  wrong = () => played.wrong();
  const { badSince, incidentEnd } = played;
  const execution = await stage.startRecovery("first-1", { table: ORDERS_TABLE, badSince, incidentEnd });
  await approveWith(stage, execution, {
    groups: [
      { kind: "updated", attributes: ["note", "total"] },
      { kind: "deleted", attributes: [] },
    ],
  });
  await stage.waitForStatus(execution, "SUCCEEDED");
  report = await stage.readReport<Report>("first-1");
});

afterAll(() => stage?.close());

const decisionOf = (name: string) => {
  if (name.endsWith("keep")) return { decision: "keep" };
  return { decision: "revert", ...(name.endsWith("the note") ? { attributes: ["note"] } : {}) };
};

test("the report of the first recovery holds the request that decides the rest, and it keeps everything as it stands", async () => {
  expect(report.followUp).toMatchObject({ table: ORDERS_TABLE, evidence: { from: "first-1" } });
  expect(report.followUp?.decisions).toHaveLength(COURSES.length);
  const before = await stage.tableContent();

  const execution = await stage.startRecovery("unread-1", report.followUp ?? {});
  const { output } = await stage.waitForStatus(execution, "SUCCEEDED");

  expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "NothingToRepair" });
  expect(await stage.tableContent()).toEqual(before);
});

test("each item is left or made as it was, whatever was written since, and nothing is exported again", async () => {
  const exports = async () => (await stage.dynamodb.send(new ListExportsCommand({}))).ExportSummaries?.length;
  const before = await exports();
  const decisions = COURSES.map(({ name }) => ({ key: { pk: partitionOf("acme"), sk: name }, ...decisionOf(name) }));

  const request = { table: ORDERS_TABLE, evidence: { from: "first-1" }, decisions };
  const execution = await stage.startRecovery("decided-1", request);
  await approveWith(stage, execution, {});
  await stage.waitForStatus(execution, "SUCCEEDED");

  expect(await wrong()).toEqual([]);
  expect(await exports()).toBe(before);
  expect((await stage.readReport<Report>("decided-1")).repairs).toMatchObject({ leftCount: 0 });
});

test("an undo takes the decisions back", async () => {
  const execution = await stage.startRecovery("undo-1", { undo: "decided-1" });
  await approveWith(stage, execution, {});
  await stage.waitForStatus(execution, "SUCCEEDED");

  expect((await wrong()).sort()).toEqual(COURSES.flatMap(({ name }) => (name.endsWith("keep") ? [] : [name])).sort());
});
