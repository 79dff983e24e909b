/** A counter damaged for three days among good increments: its difference is taken back, exactly and once. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PlanSummary } from "../../functions/plan/plan-record.ts";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { BEFORE, type Course, HOUR, playCourses, SECOND, startPastStage } from "./support/courses.ts";
import { message, question, readPlan, recover } from "./support/operator.ts";

const DAYS_3 = 72 * HOUR;
const points = (text: string, more: Item = {}): Item => ({ points: { N: text }, ...more });

const COURSES: readonly Course[] = [
  {
    name: "damaged every day",
    writes: [
      [BEFORE, points("12345678901234567890.25")],
      [SECOND, points("12345678901234568890.25")],
      [30 * HOUR, points("12345678901234569890.25")],
      [60 * HOUR, points("12345678901234570890.25")],
      [73 * HOUR, points("12345678901234570895.25")],
    ],
    expected: points("12345678901234567895.25"),
  },
  {
    name: "damaged, and good writes elsewhere",
    writes: [
      [BEFORE, points("10")],
      [30 * HOUR, points("2010")],
      [40 * HOUR, points("2010", { note: { S: "called" } })],
      [73 * HOUR, points("2012", { note: { S: "called" } })],
    ],
    expected: points("12", { note: { S: "called" } }),
  },
  {
    name: "equal to before by chance",
    writes: [
      [BEFORE, points("10")],
      [HOUR, points("2010")],
      [73 * HOUR, points("10")],
    ],
    expected: points("-1990"),
  },
  {
    name: "good",
    writes: [
      [BEFORE, points("10")],
      [HOUR, points("13")],
      [73 * HOUR, points("14")],
    ],
    expected: points("14"),
  },
  { name: "created", writes: [[HOUR, points("5000")]], expected: points("5000") },
];

let stage: DeployedPocketAws;
let request: object;
let damaged: Map<string, Item>;
let plan: PlanSummary;
let wrong: () => Promise<string[]>;

beforeAll(async () => {
  const past = await startPastStage(90);
  stage = past.stage;
  const played = await playCourses(past, "acme", COURSES, DAYS_3);
  wrong = () => played.wrong();
  damaged = await stage.tableContent();
  request = {
    table: ORDERS_TABLE,
    badSince: played.badSince,
    incidentEnd: played.incidentEnd,
    damagedWhen: "$exists(before) and $number(after.points) - $number(before.points) >= 1000",
    attributes: { delta: ["points"] },
  };
});

afterAll(() => stage?.close());

test("only the incident's difference goes, to the last digit; who is asked is told that good increments inside go too", async () => {
  const execution = await stage.startRecovery("delta-1", request);
  await question(stage, execution);
  plan = await readPlan(stage, "delta-1");
  const told = await message(stage, "delta-1", /waits for approval/);
  await approveWith(stage, execution, {});
  await stage.waitForStatus(execution, "SUCCEEDED");

  expect(plan.counts.delta).toBe(3);
  expect(told.message).toContain("good increments between the first and the last bad second go with it");
  expect(await wrong()).toEqual([]);
});

test("a second recovery of the same incident takes nothing again, and lists what was taken", async () => {
  const before = await stage.tableContent();
  const execution = await stage.startRecovery("delta-2", { ...request, mode: "plan" });
  await stage.waitForStatus(execution, "SUCCEEDED");

  const again = await readPlan(stage, "delta-2");
  expect(again).toMatchObject({ writes: 0, counts: { conflicts: { "already-taken": 3 } } });
  expect(await stage.tableContent()).toEqual(before);
});

test("an undo gives the counters back, and then the difference may be taken again", async () => {
  await recover(stage, "undo-1", { undo: "delta-1" });
  const plain = (content: ReadonlyMap<string, Item>) =>
    new Map([...content].map(([id, { version: _version, ...item }]) => [id, item]));
  expect(plain(await stage.tableContent())).toEqual(plain(damaged));

  await recover(stage, "delta-3", request);
  expect(await wrong()).toEqual([]);
  expect((await stage.readReport<Report>("delta-3")).repairs.outcomes).toEqual({ written: 3 });
});
