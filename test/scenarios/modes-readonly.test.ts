/** How a recovery may treat the table meanwhile: only plan, freeze late, or not at all. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { keyText } from "../../local/demo/orders.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { answer, approveWith, WITHOUT_VERSION } from "./support/answers.ts";
import { asText, ghosts, haveIncident, NOTHING_WRONG, type OrdersIncident, order } from "./support/incident.ts";
import { type GuardedWorld, guardedWorld, question, reconfigure, record, restoredTables } from "./support/operator.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["plan", "beside", "none", "unversioned", "late"] });
  worldBefore = await guardedWorld(stage);
});

afterAll(() => stage?.close());

/** To a table that declares no versionAttribute its numbers are like any other attribute: changed by bug and customers. */
const unversioned = (changes: object) =>
  incident.requestFor("unversioned", { attributes: { except: ["version"] }, ...changes });

describe('"mode": "plan"', () => {
  test("ends Planned: no freeze, no lock, no write, no question, also beside a recovery of the same table", async () => {
    const repairing = await stage.startRecovery("repairing", incident.requestFor("beside"));
    await question(stage, repairing);
    const [before, frozen] = [asText(await stage.tableContent()), await guardedWorld(stage)];

    const executionArn = await stage.startRecovery("planning", incident.requestFor("plan", { mode: "plan" }));
    const { output } = await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Planned" });
    expect(asText(await stage.tableContent())).toBe(before);
    expect(await guardedWorld(stage)).toEqual(frozen);
    expect(await record(stage, "lock", "orders")).toMatchObject({ recoveryId: "repairing" });
    const states = await stage.stateNames(executionArn);
    for (const state of ["ActivateReadOnly", "AwaitApproval", "RepairTrial", "LiftReadOnly"])
      expect(states).not.toContain(state);
    const report = await stage.readReport<Report>("planning");
    expect(report).toMatchObject({ outcome: "Planned", plan: { writes: 26, conflicts: 0 }, frozenSeconds: 0 });
    // Kept for whoever goes on from this plan.
    expect((await restoredTables(stage)).filter((name) => name.includes("planning"))).toHaveLength(2);

    await answer(stage, repairing, { answer: "reject" });
    await stage.waitForStatus(repairing, "SUCCEEDED");
    expect(await guardedWorld(stage)).toEqual(worldBefore);
  });
});

describe('"readOnly": "none"', () => {
  test("repairs while the application writes on: what it wrote since the plan stays and is listed", async () => {
    const executionArn = await stage.startRecovery("none", incident.requestFor("none", { readOnly: "none" }));
    await question(stage, executionArn);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    await incident.writeWell(order("none", 3), { total: { N: "12.5" } });
    await incident.writeWell(order("none", 5), { note: { S: "customer called again" } });
    await approveWith(stage, executionArn, {});
    const { output } = await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
    expect(await incident.wrongIn("none")).toEqual(NOTHING_WRONG);
    const { repairs, readOnly } = await stage.readReport<Report>("none");
    expect(readOnly).toEqual({ state: "off" });
    expect(repairs.left).toMatchObject([{ key: { sk: { S: "ORDER#0003" } }, reason: "conflict: changed-since-plan" }]);
  });

  test("deletes nothing of a table without versionAttribute: only a freeze keeps such a delete from losing a write", async () => {
    await reconfigure(stage, WITHOUT_VERSION);
    const executionArn = await stage.startRecovery("none-2", unversioned({ readOnly: "none" }));
    await approveWith(stage, executionArn, {});
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    await reconfigure(stage, { versionAttribute: "version" });

    const content = await stage.tableContent();
    for (const ghost of ghosts("unversioned")) expect(content.has(keyText(ghost))).toBe(true);
    const { repairs } = await stage.readReport<Report>("none-2");
    expect(repairs.outcomes).toEqual({ written: 23, conflict: 3 });
    expect(new Set(repairs.left.map(({ reason }) => reason))).toEqual(new Set(["conflict: freeze-not-proven"]));
  });
});

describe('"readOnly.when": "repair"', () => {
  test("freezes only once the evidence is there, and plans under the freeze", async () => {
    const request = incident.requestFor("late", { readOnly: { when: "repair" } });
    const executionArn = await stage.startRecovery("late", request);
    await approveWith(stage, executionArn, {});
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    const states = await stage.stateNames(executionArn);
    const order = ["GatherEvidence", "ListParts", "ActivateReadOnly", "PlanRepairs", "AwaitApproval"];
    expect(states.filter((name) => order.includes(name))).toEqual(order);
    expect(states.filter((name) => name === "GatherEvidence")).toHaveLength(1);
    expect(await incident.wrongIn("late")).toEqual(NOTHING_WRONG);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
  });
});
