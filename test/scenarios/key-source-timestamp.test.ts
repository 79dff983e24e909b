/** All that is known of the damaged orders is that the application wrote a time into each: a scan for it finds them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { asText, haveIncident, idOf, itemsOfOthers, type OrdersIncident, order } from "./support/incident.ts";
import { readPlan, reconfigure } from "./support/operator.ts";

/** The bug updated 18 of 30 orders, deleted 5 and created 3. */
const UPDATED = 18;
const DELETED = [18, 19, 20, 21, 22];

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["acme"] });
  const updatedAt = { S: new Date().toISOString() };
  for (let index = 0; index < UPDATED; index += 1) await incident.writeWell(order("acme", index), { updatedAt });
});

afterAll(() => stage?.close());

test("updated orders are found by a time that has moved on since, and the report says what such a scan can't show", async () => {
  const before = itemsOfOthers(await stage.tableContent(), "acme");
  const request = incident.requestFor("acme", {
    keys: undefined,
    created: undefined,
    keysFrom: { timestamp: { attribute: "updatedAt" } },
  });

  const executionArn = await stage.startRecovery("stamped-1", request);
  await approveWith(stage, executionArn, {
    groups: [{ kind: "updated", attributes: ["currency", "memo", "total"] }],
  });
  await stage.waitForStatus(executionArn, "SUCCEEDED");

  expect(await readPlan(stage, "stamped-1")).toMatchObject({ counts: { items: UPDATED } });
  const { damagedLeft, goodWritesLost } = await incident.wrongIn("acme");
  expect(goodWritesLost).toEqual([]);
  // Deleted and created orders have no time.
  const ghosts = ["ghost-0", "ghost-1", "ghost-2"].map((name) => idOf({ tenant: "acme", order: name }));
  expect([...damagedLeft].sort()).toEqual([...DELETED.map((index) => idOf(order("acme", index))), ...ghosts].sort());
  expect(asText(itemsOfOthers(await stage.tableContent(), "acme"))).toBe(asText(before));
  const report = await stage.readReport<Report>("stamped-1");
  expect(report.keys).toMatchObject({ source: "timestamp", keys: UPDATED });
  expect(report.toDo.join("\n")).toMatch(/Mind what the keys could not show.*neither items that were deleted/);
});
