/** A recovery whose execution can't be redriven is gone on with by another execution, under its own id. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import type { Recovery } from "../../functions/runtime/recovery.ts";
import type { KillMoment, PlannedKill } from "../../local/lambda/faults.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { asText, ghosts, haveIncident, idOf, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import { approve, type GuardedWorld, guardedWorld, question, reconfigure, record } from "./support/operator.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  // A recovery waits until no killed function of an earlier one can be alive; here what is killed is surely dead.
  await stage.aws.services.lambda.updateEnvironment("backstitch-write-report", { WRITER_TIMEOUT_SECONDS: "0" });
  incident = await haveIncident(stage, { tenants: ["apply", "plan", "report", "stopped"] });
  worldBefore = await guardedWorld(stage);
});

afterAll(() => stage?.close());

describe("a recovery that is resumed", () => {
  test("after it was killed while it repaired: nobody is asked again, and what it recorded counts", async () => {
    const kill = planKill("backstitch-apply-part", { afterCalls: 12 });
    const first = await stage.startRecovery("killed-in-apply", withoutDeletes("apply"));
    await approve(stage, first);
    await stage.waitForStatus(first, "FAILED");
    expect(kill.happened).toBe(true);

    const second = await resume("apply-again", "killed-in-apply");
    await stage.waitForStatus(second, "SUCCEEDED");
    await expectRecovered("apply", "killed-in-apply", second);
    expect(await stage.stateNames(second)).not.toContain("AwaitApproval");
    expect(await stage.stateNames(second)).not.toContain("PlanRepairs");
    expect((await stage.readReport<Report>("killed-in-apply")).repairs.leftCount).toBe(0);
  });

  test("can't be redriven beside that: the execution before it changes nothing any more", async () => {
    const { earlierExecutions = [] } = (await record<Recovery>(stage, "killed-in-apply", "recovery")) ?? {};
    const [first = ""] = earlierExecutions;
    const content = asText(await stage.tableContent());

    await stage.redrive(first);
    await stage.waitForStatus(first, "FAILED");
    expect((await record<{ lastError: object }>(stage, "killed-in-apply", "status"))?.lastError).toMatchObject({
      name: "ExecutionSuperseded",
      step: "ApplyPart",
    });
    expect(asText(await stage.tableContent())).toBe(content);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
  });

  test("after it was killed while it planned: it plans, and asks", async () => {
    const kill = planKill("backstitch-plan-part", { afterCalls: 3 });
    const first = await stage.startRecovery("killed-in-plan", withoutDeletes("plan"));
    await stage.waitForStatus(first, "FAILED");
    expect(kill.happened).toBe(true);

    const second = await resume("plan-again", "killed-in-plan");
    const { planHash } = await question(stage, second, undefined, "killed-in-plan");
    await stage.answer({ recoveryId: "killed-in-plan", answer: "approve", planHash, by: "on-call" });
    await stage.waitForStatus(second, "SUCCEEDED");
    await expectRecovered("plan", "killed-in-plan", second);
  });

  test("after the freeze was lifted: it freezes nothing again, and only ends", async () => {
    const kill = planKill("backstitch-write-report", "before-start");
    const first = await stage.startRecovery("killed-in-report", withoutDeletes("report"));
    await approve(stage, first);
    await stage.waitForStatus(first, "FAILED");
    expect(kill.happened).toBe(true);
    expect(await guardedWorld(stage)).toEqual(worldBefore);

    const second = await resume("report-again", "killed-in-report");
    await stage.waitForStatus(second, "SUCCEEDED");
    await expectRecovered("report", "killed-in-report", second);
    expect(await stage.stateNames(second)).toEqual([
      ...["Preflight", "FreezeFirst", "LiftReadOnly", "EvidenceStillNeeded", "DeleteRestoredTables"],
      ...["WriteReport", "Outcome", "Recovered"],
    ]);
  });

  test("after nobody answered in time, and it stopped: what was asked is asked again", async () => {
    const approval = { timeoutHours: 2 / 3600 };
    const first = await stage.startRecovery("nobody-answered", { ...withoutDeletes("stopped"), approval });
    const asked = await question(stage, first);
    expect((await stage.waitForStatus(first, "FAILED")).error).toBe("RecoveryStopped");
    expect(await guardedWorld(stage)).not.toEqual(worldBefore);

    const second = await resume("stopped-again", "nobody-answered");
    const { planHash } = await question(stage, second, asked, "nobody-answered");
    expect(planHash).toBe(asked.planHash);
    await stage.answer({ recoveryId: "nobody-answered", answer: "approve", planHash, by: "on-call" });
    await stage.waitForStatus(second, "SUCCEEDED");
    await expectRecovered("stopped", "nobody-answered", second);
  });
});

/** What was created by the incident stays: a delete whose outcome nobody wrote down has a story of its own. */
function withoutDeletes(tenant: string): object {
  return incident.requestFor(tenant, { created: "report" });
}

function planKill(functionName: string, moment: KillMoment): PlannedKill {
  return stage.aws.services.lambda.faults.killDuring({ functionName, moment });
}

function resume(name: string, recoveryId: string): Promise<string> {
  return stage.startRecovery(name, { resume: recoveryId });
}

async function expectRecovered(tenant: string, recoveryId: string, executionArn: string): Promise<void> {
  expect(await incident.wrongIn(tenant)).toEqual({ ...NOTHING_WRONG, damagedLeft: ghosts(tenant).map(idOf) });
  expect(await guardedWorld(stage)).toEqual(worldBefore);
  expect(await record(stage, "lock", "orders")).toBeUndefined();
  expect(await record(stage, recoveryId, "recovery")).toMatchObject({ executionArn });
  expect(await record(stage, recoveryId, "status")).toMatchObject({ state: "ended", outcome: "Recovered" });
}
