/** Items are deleted as they are, so that the application makes them anew: no incident, no evidence, and an undo. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { BEFORE, type Course, MINUTE, partitionOf, playCourses, startPastStage } from "./support/courses.ts";
import { restoredTables } from "./support/operator.ts";

const item = {
  version: { N: "1" },
  value: { N: "12345678901234567890.5" },
  tags: { SS: ["b", "a"] },
  raw: { B: new Uint8Array([0, 255]) },
};
const COURSES: readonly Course[] = ["cache-1", "cache-2", "cache-3", "order-1"].map((name) => ({
  name,
  writes: [[BEFORE, item]],
  expected: item,
}));

let stage: DeployedPocketAws;
beforeAll(async () => {
  const past = await startPastStage(3);
  stage = past.stage;
  await playCourses(past, "acme", COURSES, MINUTE);
});
afterAll(() => stage?.close());

const names = async () => [...(await stage.tableContent()).keys()].map((id) => id.split("/")[1]).sort();

async function run(name: string, request: object) {
  const execution = await stage.startRecovery(name, request);
  await approveWith(stage, execution, {});
  await stage.waitForStatus(execution, "SUCCEEDED");
  return execution;
}

test("by a prefix of the sort key: those items go, and nothing is restored or exported for it", async () => {
  const before = await stage.tableContent();

  const keysFrom = { partition: { key: partitionOf("acme"), sortKeyPrefix: "cache-" } };
  const execution = await run("reset-1", { table: ORDERS_TABLE, deleteOnly: true, keysFrom });

  expect(await names()).toEqual(["order-1"]);
  const states = await stage.stateNames(execution);
  expect(states.filter((state) => /Restore$|Export$/.test(state))).toEqual([]);
  expect(await restoredTables(stage)).toEqual([]);

  await run("undo-1", { undo: "reset-1" });
  const unversioned = (content: Awaited<ReturnType<typeof stage.tableContent>>) =>
    [...content].map(([id, { version: _version, ...rest }]) => [id, rest]).sort();
  expect(unversioned(await stage.tableContent())).toEqual(unversioned(before));
});

test("by key: an item that somebody writes between plan and approval is left", async () => {
  const keys = [
    { pk: partitionOf("acme"), sk: "cache-1" },
    { pk: partitionOf("acme"), sk: "order-1" },
  ];
  const execution = await stage.startRecovery("reset-2", {
    table: ORDERS_TABLE,
    deleteOnly: true,
    keys,
    readOnly: "none",
  });
  await stage.waitForState(execution, "AwaitApproval");
  const past = await stage.tableContent();
  await stage.aws.services.dynamodb.seed(ORDERS_TABLE, [
    { ...past.get(`${partitionOf("acme")}/order-1`), value: { N: "1" } },
  ]);
  await approveWith(stage, execution, {});
  await stage.waitForStatus(execution, "SUCCEEDED");

  expect(await names()).toEqual(["cache-2", "cache-3", "order-1"]);
  const { repairs } = await stage.readReport<Report>("reset-2");
  expect(repairs).toMatchObject({ outcomes: { written: 1, conflict: 1 }, leftCount: 1 });
});
