/** A look at what changed: before anything is frozen, without a list of keys, and without a right to write. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PlanSummary } from "../../functions/plan/plan-record.ts";
import type { Report } from "../../functions/report/build-report.ts";
import { StoryClock } from "../../local/story-clock.ts";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { asText, haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import { guardedWorld, readPlan, reconfigure, record } from "./support/operator.ts";

const BUG = ["currency", "memo", "total"];

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let plan: PlanSummary;
let report: Report;

beforeAll(async () => {
  const clock = StoryClock.hoursAgo(3);
  stage = await startDeployedPocketAws({ now: clock.now });
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["acme", "bolt"], clock });
});

afterAll(() => stage?.close());

test("freezes nothing, writes nothing and holds no lock", async () => {
  const [table, guards] = [asText(await stage.tableContent()), await guardedWorld(stage)];
  const { badSince, incidentEnd } = incident;

  const execution = await stage.startRecovery("look-1", { table: ORDERS_TABLE, mode: "plan", badSince, incidentEnd });
  const { output } = await stage.waitForStatus(execution, "SUCCEEDED");

  expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Planned" });
  expect(asText(await stage.tableContent())).toBe(table);
  expect(await guardedWorld(stage)).toEqual(guards);
  expect(await record(stage, "lock", ORDERS_TABLE)).toBeUndefined();
  expect(await stage.stateNames(execution)).not.toContain("ActivateReadOnly");
  const written = Object.keys(stage.aws.services.dynamodb.statistics[ORDERS_TABLE] ?? {}).filter((principal) =>
    principal.includes("backstitch-"),
  );
  for (const principal of written)
    expect(stage.aws.services.dynamodb.statistics[ORDERS_TABLE]?.[principal]?.writes).toBe(0);
  plan = await readPlan(stage, "look-1");
  report = await stage.readReport<Report>("look-1");
});

test("groups what changed, with counts, tenants, samples of before, after and live, and the time of the writes", () => {
  const groups = plan.counts.groups.map(({ kind, attributes, count, tenants }) => ({
    kind,
    attributes,
    count,
    tenants,
  }));
  expect(groups).toEqual([
    { kind: "updated", attributes: BUG, count: 36, tenants: { acme: 18, bolt: 18 } },
    { kind: "deleted", attributes: [], count: 10, tenants: { acme: 5, bolt: 5 } },
    { kind: "created", attributes: [], count: 6, tenants: { acme: 3, bolt: 3 } },
  ]);
  const [updated] = plan.counts.groups;
  expect(updated?.samples[0]).toMatchObject({
    key: { pk: { S: expect.stringContaining("TENANT#") } },
    before: { total: { N: expect.any(String) } },
    after: { total: { S: expect.stringContaining("NaN") } },
    live: { total: { S: expect.stringContaining("NaN") } },
  });
  expect((updated?.written?.first ?? "") >= incident.badSince.slice(0, 19)).toBe(true);
  expect((updated?.written?.last ?? "") <= `${incident.incidentEnd.slice(0, 19)}.999Z`).toBe(true);
});

test("says what a repair would take, of which date its prices are, and what the evidence was", () => {
  expect(plan.writes).toBe(0);
  expect(plan.estimate).toMatchObject({ asPlanned: { items: 0 }, allGroups: { items: 52 }, pricesOf: "2026-11-20" });
  expect(plan.estimate.allGroups.usd).toBeGreaterThan(0);
  expect(plan.evidence).toMatchObject({ kind: "export", reason: expect.stringMatching(/^exports of what changed/) });
  expect(report.toDo.join()).not.toContain("frozen");
});

describe("its output is the next request", () => {
  test("with some of its groups, on the same evidence", async () => {
    const { chosenGroups } = plan.next;
    const groups = chosenGroups?.groups?.filter(({ kind }) => kind === "updated");

    const execution = await stage.startRecovery("updates-1", { ...chosenGroups, groups, tenants: ["acme"] });
    await approveWith(stage, execution, {});
    await stage.waitForStatus(execution, "SUCCEEDED");

    const { repairs } = await stage.readReport<Report>("updates-1");
    expect(repairs.outcomes).toEqual({ written: 18 });
    expect((await incident.wrongIn("acme")).goodWritesLost).toEqual([]);
  });

  test("as it stands, by its name; what was repaired meanwhile is left", async () => {
    const execution = await stage.startRecovery("stored-1", plan.next.thisPlan);
    const groups = plan.counts.groups.map(({ kind, attributes }) => ({ kind, attributes: [...attributes] }));
    const { planHash } = await approveWith(stage, execution, { groups });
    await stage.waitForStatus(execution, "SUCCEEDED");

    expect(planHash).toBe(plan.planHash);
    expect(await incident.wrongIn("acme")).toEqual(NOTHING_WRONG);
    expect(await incident.wrongIn("bolt")).toEqual(NOTHING_WRONG);
  });
});
