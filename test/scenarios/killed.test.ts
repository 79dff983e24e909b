/** Steps that die half way: the execution fails where it was, people are told how to go on, and a redrive converges. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import type { RequestEntry } from "../../local/gateway.ts";
import type { KillMoment, PlannedKill } from "../../local/lambda/faults.ts";
import { type DeployedPocketAws, type Item, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import {
  asText,
  DAMAGED_A_TENANT,
  ghosts,
  haveIncident,
  idOf,
  itemsOf,
  itemsOfOthers,
  NOTHING_WRONG,
  type OrdersIncident,
} from "./support/incident.ts";
import {
  approve,
  type GuardedWorld,
  guardedWorld,
  message,
  question,
  reconfigure,
  record,
  recover,
} from "./support/operator.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;
/** Every request up to the end of the recovery that was not killed. */
let quiet: RequestEntry[] = [];

beforeAll(async () => {
  const requests: RequestEntry[] = [];
  stage = await startDeployedPocketAws({ onRequest: (entry) => requests.push(entry) });
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  // A recovery waits until no killed function of an earlier one can be alive; here what is killed is surely dead.
  await stage.aws.services.lambda.updateEnvironment("backstitch-write-report", { WRITER_TIMEOUT_SECONDS: "0" });
  incident = await haveIncident(stage, { tenants: ["twin", "apply", "trial", "plan"] });
  worldBefore = await guardedWorld(stage);
  await recover(stage, "not-killed", withoutDeletes("twin"));
  quiet = [...requests];
});

afterAll(() => stage?.close());

describe("a recovery whose step is killed", () => {
  test("without a kill it recovers: the twin of the others", async () => {
    expect(await incident.wrongIn("twin")).toEqual({ ...NOTHING_WRONG, damagedLeft: ghostsOf("twin") });
  });

  test("killed in the middle of ApplyRepairs and redriven it leaves the same table as without the kill", async () => {
    const before = await stage.tableContent();
    const kill = planKill("backstitch-apply-part", { afterCalls: callsUntilRepair("backstitch-apply-part", 8) });
    const executionArn = await stage.startRecovery("killed-in-apply", withoutDeletes("apply"));
    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "FAILED");
    expect(kill.happened).toBe(true);
    const { damagedLeft } = await incident.wrongIn("apply");
    // The trial repaired one item of each kind; the part got some way beyond that.
    expect(damagedLeft.length).toBeLessThan(DAMAGED_A_TENANT - 2);
    expect(damagedLeft.length).toBeGreaterThan(ghostsOf("apply").length);

    const told = await message(stage, "killed-in-apply", /failed/);
    expect(told.subject).toBe("Backstitch: orders IS STILL FROZEN; its recovery failed");
    expect(told.message).toContain("The table is still frozen: its application can't write.");
    expect(told.message).toContain(`aws stepfunctions redrive-execution --execution-arn ${executionArn}`);
    expect(told.message).toContain("aws lambda invoke --function-name backstitch-lift-read-only");
    expect(await record(stage, "killed-in-apply", "ended")).toMatchObject({
      status: "FAILED",
      frozen: true,
      lifted: false,
    });
    expect(await record(stage, "lock", "orders")).toMatchObject({ recoveryId: "killed-in-apply" });

    await stage.redrive(executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    await expectLikeTwin("apply", before);
  });

  test("killed in RepairTrial and redriven it leaves the same table as without the kill", async () => {
    const before = await stage.tableContent();
    const kill = planKill("backstitch-repair-trial", { afterCalls: callsUntilRepair("backstitch-repair-trial", 1) });
    const executionArn = await stage.startRecovery("killed-in-trial", withoutDeletes("trial"));
    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "FAILED");
    expect(kill.happened).toBe(true);
    expect((await stage.stateNames(executionArn)).at(-1)).toBe("RepairTrial");
    expect(asText(await stage.tableContent())).not.toBe(asText(before));

    await stage.redrive(executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    await expectLikeTwin("trial", before);
  });

  test("killed in PlanPart it has written nothing, and redriven it leaves the same table as without the kill", async () => {
    const before = await stage.tableContent();
    const kill = planKill("backstitch-plan-part", { afterCalls: 3 });
    const executionArn = await stage.startRecovery("killed-in-plan", withoutDeletes("plan"));
    await stage.waitForStatus(executionArn, "FAILED");
    expect(kill.happened).toBe(true);
    expect((await stage.stateNames(executionArn)).at(-1)).toBe("PlanRepairs");
    expect(asText(await stage.tableContent())).toBe(asText(before));
    expect((await message(stage, "killed-in-plan", /failed/)).subject).toContain("IS STILL FROZEN");

    await stage.redrive(executionArn);
    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    await expectLikeTwin("plan", before);
  });

  test("killed before a delete was written down it asks about that item, and goes on when a person says so", async () => {
    const kill = planKill("backstitch-apply-part", { afterCalls: callsUntilRepair("backstitch-apply-part", 1) });
    const executionArn = await stage.startRecovery("delete-unseen", incident.requestForGhosts("twin"));
    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "FAILED");
    expect(kill.happened).toBe(true);
    const waiting = await question(stage, executionArn);

    await stage.redrive(executionArn);
    await question(stage, executionArn, waiting);
    expect((await message(stage, "delete-unseen", /waits for a decision/)).message).toContain("not as planned");
    await stage.answer({ recoveryId: "delete-unseen", answer: "continue", by: "on-call" });
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    const { repairs } = await stage.readReport<Report>("delete-unseen");
    expect(repairs.leftCount).toBeGreaterThan(0);
    expect(new Set(repairs.left.map(({ reason }) => reason))).toEqual(new Set(["conflict: delete-unseen"]));
    expect(await incident.wrongIn("twin")).toEqual(NOTHING_WRONG);
  });
});

/** A delete whose outcome nobody wrote down is a question to a person, and has a story of its own. */
function withoutDeletes(tenant: string): object {
  return incident.requestFor(tenant, { created: "report" });
}

function ghostsOf(tenant: string): string[] {
  return ghosts(tenant).map(idOf);
}

function planKill(functionName: string, moment: KillMoment): PlannedKill {
  return stage.aws.services.lambda.faults.killDuring({ functionName, moment });
}

/** After how many of its calls the function's so-manieth repair of an item took effect, in the run that was not killed. */
function callsUntilRepair(functionName: string, count: number): number {
  const calls = quiet.filter(({ principalArn }) => principalArn.endsWith(`:role/${functionName}`));
  // Records are put and never updated: an update is a repair.
  const repairs = calls.flatMap(({ action }, index) => (action === "UpdateItem" ? [index + 1] : []));
  const wanted = repairs[count - 1];
  if (wanted === undefined) throw new RangeError(`${functionName} made ${repairs.length} updates, not ${count}.`);
  return wanted;
}

/** The table is as the twin is where it was damaged, and as it was everywhere else. */
async function expectLikeTwin(tenant: string, before: ReadonlyMap<string, Item>): Promise<void> {
  const content = await stage.tableContent();
  expect(await incident.wrongIn(tenant)).toEqual({ ...NOTHING_WRONG, damagedLeft: ghostsOf(tenant) });
  expect(itemsOf(content, tenant)).toEqual(itemsOf(content, "twin"));
  expect(itemsOfOthers(content, tenant)).toEqual(itemsOfOthers(before, tenant));
  expect(await guardedWorld(stage)).toEqual(worldBefore);
  expect(await record(stage, "lock", "orders")).toBeUndefined();
}
