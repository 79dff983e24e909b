/** A recovery that was killed in the middle and given up: its undo takes back what it surely wrote, and nothing else. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { BEFORE, type Course, MINUTE, playCourses, SECOND, startPastStage } from "./support/courses.ts";
import { message, recover } from "./support/operator.ts";

const good: Item = { total: { N: "10" }, version: { N: "1" } };
const bad: Item = { total: { S: "NaN" }, version: { N: "2" } };
const COURSES: readonly Course[] = Array.from({ length: 60 }, (_, index) => ({
  name: `item-${String(index).padStart(2, "0")}`,
  writes: [
    [BEFORE, good],
    [SECOND, index % 5 === 4 ? null : bad],
  ],
  expected: good,
}));

let stage: DeployedPocketAws;
let damaged: Map<string, Item>;
let halfWay: Map<string, Item>;

beforeAll(async () => {
  const past = await startPastStage(4);
  stage = past.stage;
  // What is killed here is surely dead: nobody has to wait until its time is up.
  for (const name of ["write-report", "answer-recovery"])
    await stage.aws.services.lambda.updateEnvironment(`backstitch-${name}`, { WRITER_TIMEOUT_SECONDS: "0" });
  const { badSince, incidentEnd } = await playCourses(past, "acme", COURSES, 20 * MINUTE);
  damaged = await stage.tableContent();
  const kill = stage.aws.services.lambda.faults.killDuring({
    functionName: "backstitch-apply-part",
    moment: { afterCalls: 45 },
  });
  const request = { table: ORDERS_TABLE, badSince, incidentEnd, damagedWhen: "true" };
  const execution = await stage.startRecovery("killed-1", request);
  await approveWith(stage, execution, {});
  await stage.waitForStatus(execution, "FAILED");
  expect(kill.happened).toBe(true);
  await message(stage, "killed-1", /failed/);
  halfWay = await stage.tableContent();
});

afterAll(() => stage?.close());

const plain = (content: ReadonlyMap<string, Item>) =>
  new Map([...content].map(([id, { version: _version, ...item }]) => [id, item]));

test("some items were repaired, and some were not", () => {
  const changed = [...plain(halfWay)].filter(
    ([id, item]) => JSON.stringify(item) !== JSON.stringify(plain(damaged).get(id)),
  );
  expect(changed.length).toBeGreaterThan(2);
  expect(changed.length).toBeLessThan(COURSES.length);
});

test("nothing is undone while the failed recovery holds the table", async () => {
  const execution = await stage.startRecovery("too-early", { undo: "killed-1" });
  const { cause } = await stage.waitForStatus(execution, "FAILED");
  expect(cause).toContain("abandon");
});

test("the undo of what was given up leaves each item damaged as it was, or lists it as perhaps not ours", async () => {
  await stage.call("backstitch-lift-read-only", { recoveryId: "killed-1", table: ORDERS_TABLE });
  await stage.answer({ recoveryId: "killed-1", answer: "abandon", by: "on-call" });

  await recover(stage, "undo-1", { undo: "killed-1" });

  const { repairs } = await stage.readReport<Report>("undo-1");
  const listed = new Set(
    repairs.left.map(({ key }) => `${(key.pk as { S: string }).S}/${(key.sk as { S: string }).S}`),
  );
  expect(new Set(repairs.left.map(({ reason }) => reason))).toEqual(
    new Set(listed.size > 0 ? ["conflict: maybe-not-ours"] : []),
  );
  const now = await stage.tableContent();
  for (const { name } of COURSES) {
    const id = `TENANT#acme/${name}`;
    const isAs = (content: ReadonlyMap<string, Item>) =>
      JSON.stringify(plain(now).get(id)) === JSON.stringify(plain(content).get(id));
    // Listed: not touched by the undo at all. Not listed: as the incident had left it.
    expect(isAs(listed.has(id) ? halfWay : damaged), id).toBe(true);
  }
  expect(repairs.outcomes.written).toBeGreaterThan(0);
  expect(listed.size).toBeGreaterThan(0);
});
