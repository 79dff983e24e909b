/** Marked values in every attribute and every key: through repairs, failures, questions and an undo none of them leaves table and bucket. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import type { DeployedPocketAws, Item } from "../support/deployed-pocket-aws.ts";
import { answer, approveWith } from "./support/answers.ts";
import { BEFORE, type Course, HOUR, MINUTE, playCourses, startPastStage } from "./support/courses.ts";
import { message, recover } from "./support/operator.ts";
import { type Traces, tracesOf } from "./support/traces.ts";

/** In values; in sort keys, which are values of items as well. */
const VALUE = "marked-value-5e7a";
const KEY = "marked-key-90b3";

const item = (text: string, more: Item = {}): Item => ({
  note: { S: `${VALUE} ${text}` },
  lines: { L: [{ M: { to: { S: `${VALUE} inside` } } }] },
  kept: { SS: [`${VALUE} one`, `${VALUE} two`] },
  raw: { B: Buffer.from(VALUE) },
  ...more,
});
const WIDE: Item = Object.fromEntries(
  Array.from({ length: 200 }, (_, index) => [`wide${String(index).padStart(3, "0")}`, { S: `${VALUE} ${index}` }]),
);

const COURSES: readonly Course[] = [
  { name: `${KEY}-good`, writes: [[BEFORE, item("good")]], expected: item("good") },
  {
    name: `${KEY}-updated`,
    writes: [
      [BEFORE, item("good")],
      [MINUTE, item("bad")],
    ],
    expected: item("good"),
  },
  {
    name: `${KEY}-since`,
    writes: [
      [BEFORE, item("good")],
      [MINUTE, item("bad")],
      [HOUR, item("better")],
    ],
    expected: item("better"),
  },
  {
    name: `${KEY}-deleted`,
    writes: [
      [BEFORE, item("good")],
      [MINUTE, null],
    ],
    expected: item("good"),
  },
  {
    name: `${KEY}-wide`,
    writes: [
      [BEFORE, WIDE],
      [MINUTE, null],
    ],
    expected: WIDE,
  },
  { name: `${KEY}-created`, writes: [[MINUTE, item("bad")]], expected: null },
];

let stage: DeployedPocketAws;
let request: object;
let wrong: () => Promise<string[]>;
let traces: Traces;

beforeAll(async () => {
  const past = await startPastStage(3);
  stage = past.stage;
  // A recovery waits until no killed function of an earlier one can be alive; here what is killed is surely dead.
  await stage.aws.services.lambda.updateEnvironment("backstitch-write-report", { WRITER_TIMEOUT_SECONDS: "0" });
  await stage.aws.services.lambda.updateEnvironment("backstitch-answer-recovery", { WRITER_TIMEOUT_SECONDS: "0" });
  const played = await playCourses(past, "acme", COURSES, 30 * MINUTE);
  wrong = () => played.wrong();
  request = { table: "orders", badSince: played.badSince, incidentEnd: played.incidentEnd };
});

afterAll(() => stage?.close());

/** Groups of everything that the bug did. */
const ALL = [
  { kind: "updated", attributes: ["note"] },
  { kind: "deleted", attributes: [] },
  { kind: "created", attributes: [] },
];

async function giveUp(recoveryId: string): Promise<void> {
  await stage.call("backstitch-lift-read-only", { recoveryId, table: "orders" });
  await stage.answer({ recoveryId, answer: "abandon", by: "on-call" });
}

test("an expression that fails on an item ends the recovery, with a message that has no value of it", async () => {
  const damagedWhen = "$number(live.note) > 1";
  const executionArn = await stage.startRecovery("expression", { ...request, damagedWhen });
  await stage.waitForStatus(executionArn, "FAILED");

  expect((await message(stage, "expression", /failed/)).message).toContain("JSONata error");
  await giveUp("expression");
});

test("a request with a key as nobody can write it is refused, and its error is all that is said", async () => {
  const keys = [{ pk: "TENANT#acme", sk: { N: "12" } }];
  const executionArn = await stage.startRecovery("bad-key", { ...request, keys });

  expect((await stage.waitForStatus(executionArn, "FAILED")).error).toBe("InvalidRequest");
});

test("a recovery that is killed, asks and lists what it leaves says what, and no value", async () => {
  const kill = stage.aws.services.lambda.faults.killDuring({
    functionName: "backstitch-apply-part",
    moment: { afterCalls: 14 },
  });
  const executionArn = await stage.startRecovery("repair", { ...request, conflicts: "fail", created: "delete" });
  const asked = await answer(stage, executionArn, { answer: "continue" });
  await approveWith(stage, executionArn, { groups: ALL }, asked);
  await stage.waitForStatus(executionArn, "FAILED");
  expect(kill.happened).toBe(true);
  await stage.redrive(executionArn);
  await stage.waitForStatus(executionArn, "SUCCEEDED");

  expect((await stage.readReport<Report>("repair")).repairs.leftCount).toBeGreaterThan(0);
  expect(await wrong()).toEqual([]);
});

test("an undo says no more", async () => {
  await recover(stage, "undo", { undo: "repair" });

  expect(await wrong()).not.toEqual([]);
});

test("none of all that has let a value or a key out of table and bucket", async () => {
  // They are there to be leaked: the plan in the bucket has them.
  const [first] = await stage.readJson<{ part: string }[]>("recoveries/repair/plan/1/parts.json");
  const plan = await stage.readText(`recoveries/repair/plan/1/${first?.part}.json`);
  expect([plan.includes(VALUE), plan.includes(KEY)]).toEqual([true, true]);

  traces = await tracesOf(stage);
  const encoded = Buffer.from(VALUE).toString("base64").replace(/=+$/, "");
  for (const [where, said] of Object.entries(traces)) {
    expect(said.length, where).toBeGreaterThan(5);
    expect(wordsAround(JSON.stringify(said), [VALUE, KEY, encoded]), where).toEqual([]);
  }
  expect(stage.aws.faults).toBe(0);
});

/** Where a marker stands in a text, with what is around it. */
function wordsAround(text: string, markers: readonly string[]): string[] {
  return markers.flatMap((marker) =>
    [...text.matchAll(new RegExp(`.{0,80}${marker}.{0,80}`, "g"))].map(([found]) => found).slice(0, 3),
  );
}
