/** A plan that was made without a freeze and looked at for a while is carried out by a later recovery, as it was looked at. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import { readPlan, reconfigure, recover, restoredTables } from "./support/operator.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["acme"] });
});

afterAll(() => stage?.close());

test("a stored plan is approved under its own hash and repairs the table; the tables of its evidence stay", async () => {
  const request = incident.requestFor("acme", { evidence: "restore", mode: "plan" });
  const planning = await stage.startRecovery("look-1", request);
  await stage.waitForStatus(planning, "SUCCEEDED");
  const { planHash } = await readPlan(stage, "look-1");
  const kept = await restoredTables(stage);

  const { output } = await recover(stage, "repair-1", { plan: "look-1" });

  expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
  expect((await readPlan(stage, "repair-1")).planHash).toBe(planHash);
  expect(await incident.wrongIn("acme")).toEqual(NOTHING_WRONG);
  expect(kept).toEqual(["backstitch-look-1-after", "backstitch-look-1-before"]);
  expect(await restoredTables(stage)).toEqual(kept);
});

test("the tables that the plan was made from are read by yet another recovery, which finds nothing left to repair", async () => {
  const request = incident.requestFor("acme", {
    badSince: undefined,
    incidentEnd: undefined,
    evidence: { from: "look-1" },
  });
  const before = await restoredTables(stage);

  const execution = await stage.startRecovery("again-1", request);
  const { output } = await stage.waitForStatus(execution, "SUCCEEDED");

  expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "NothingToRepair" });
  expect(await restoredTables(stage)).toEqual(before);
});

test("a plan that was carried out is not carried out twice by accident", async () => {
  const execution = await stage.startRecovery("repair-2", { plan: "repair-1" });

  const { cause } = await stage.waitForStatus(execution, "FAILED");

  expect(cause).toContain('Field \\"plan\\" is \\"repair-1\\", a recovery whose plan was carried out');
});
