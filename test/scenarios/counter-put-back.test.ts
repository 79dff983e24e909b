/** A counter that an earlier recovery put back is not diminished once more when somebody thinks of differences later. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DeployedPocketAws, type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { BEFORE, type Course, HOUR, MINUTE, playCourses, startPastStage } from "./support/courses.ts";
import { readPlan, recover } from "./support/operator.ts";

const points = (value: number): Item => ({ points: { N: String(value) } });

const COURSES: readonly Course[] = [
  {
    name: "nobody since",
    writes: [
      [BEFORE, points(10)],
      [MINUTE, points(2010)],
    ],
    expected: points(10),
  },
  {
    name: "increments since",
    writes: [
      [BEFORE, points(10)],
      [MINUTE, points(2010)],
      [HOUR, points(2013)],
    ],
    expected: points(13),
  },
];

let stage: DeployedPocketAws;
let request: object;
let wrong: () => Promise<string[]>;

beforeAll(async () => {
  const past = await startPastStage(4);
  stage = past.stage;
  const played = await playCourses(past, "acme", COURSES, 30 * MINUTE);
  wrong = () => played.wrong();
  request = { table: ORDERS_TABLE, badSince: played.badSince, incidentEnd: played.incidentEnd };
});

afterAll(() => stage?.close());

test("a recovery puts back what nobody touched since, and lists the other", async () => {
  await recover(stage, "back-1", { ...request, attributes: { only: ["points"] } });

  expect((await readPlan(stage, "back-1")).counts.conflicts).toEqual({ attributes: 1 });
  expect(await wrong()).toEqual(["increments since"]);
});

test("a later one takes the difference off the item that was left, and off no other", async () => {
  await recover(stage, "delta-1", { ...request, attributes: { delta: ["points"] } });

  expect((await readPlan(stage, "delta-1")).counts.conflicts).toEqual({ "already-taken": 1 });
  expect(await wrong()).toEqual([]);
});
