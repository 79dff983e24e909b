/** A freeze that is gone before the repair: nothing is written until it is back, or until somebody says that it need not be. */
import { DeleteResourcePolicyCommand, PutResourcePolicyCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { asText, ghosts, haveIncident, NOTHING_WRONG, type OrdersIncident, order } from "./support/incident.ts";
import {
  approve,
  type GuardedWorld,
  guardedWorld,
  message,
  question,
  reconfigure,
  record,
  tableArn,
  typeCommand,
} from "./support/operator.ts";

const ACTIVATE = "backstitch-activate-read-only";
const LIFT = "backstitch-lift-read-only";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, {
    tenants: ["removed", "replaced", "lifted", "continued", "crossed", "first", "second"],
  });
  worldBefore = await guardedWorld(stage);
});

afterAll(() => stage?.close());

describe("a table policy that a deployment overwrites after the freeze was proven", () => {
  test("before the approval: ConfirmReadOnly finds it gone, and freezing again and a redrive recover the table", async () => {
    const executionArn = await stage.startRecovery("policy-removed", incident.requestFor("removed"));
    await question(stage, executionArn);
    const before = asText(await stage.tableContent());
    await stage.dynamodb.send(new DeleteResourcePolicyCommand({ ResourceArn: tableArn(stage) }));
    await approve(stage, executionArn);

    const { error, cause = "" } = await stage.waitForStatus(executionArn, "FAILED");
    expect(error).toBe("ReadOnlyLost");
    expect(cause).toContain("guard table-policy is down");
    expect((await stage.stateNames(executionArn)).at(-1)).toBe("ConfirmReadOnly");
    expect(asText(await stage.tableContent())).toBe(before);

    const told = await message(stage, "policy-removed", /failed/);
    await typeCommand(stage, told.message, ACTIVATE);
    await expectRedriveToRecover(executionArn, "removed");
    expect(await guardedWorld(stage)).toEqual(worldBefore);
  });

  test("after the trial: ApplyPart finds its statement gone and writes nothing more; freezing again goes on", async () => {
    const others = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "OfTheDeploy",
          Effect: "Deny",
          Principal: "*",
          Action: "dynamodb:DeleteTable",
          Resource: tableArn(stage),
        },
      ],
    });
    // A step that dies before it begins leaves time for a deployment between trial and repair.
    stage.aws.services.lambda.faults.killDuring({ functionName: "backstitch-apply-part", moment: "before-start" });
    const executionArn = await stage.startRecovery("policy-replaced", incident.requestFor("replaced"));
    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "FAILED");
    const before = asText(await stage.tableContent());
    await stage.dynamodb.send(new PutResourcePolicyCommand({ ResourceArn: tableArn(stage), Policy: others }));
    await message(stage, "policy-replaced", /failed/);

    await stage.redrive(executionArn);
    await stage.waitForStatus(executionArn, "FAILED");
    expect((await stage.stateNames(executionArn)).at(-1)).toBe("ApplyRepairs");
    expect(asText(await stage.tableContent())).toBe(before);
    const told = await messageWith("policy-replaced", "ReadOnlyLost");
    expect(told).toContain("guard table-policy is down");

    await typeCommand(stage, told, ACTIVATE);
    expect(told).toContain(`\naws stepfunctions redrive-execution --execution-arn ${executionArn}\n`);
    await expectRedriveToRecover(executionArn, "replaced");
    const { tablePolicy } = await guardedWorld(stage);
    expect(JSON.parse(tablePolicy ?? "{}")).toEqual(JSON.parse(others));
    await stage.dynamodb.send(new DeleteResourcePolicyCommand({ ResourceArn: tableArn(stage) }));
  });
});

describe("a freeze that is lifted by hand while the plan waits for approval", () => {
  test("the approved recovery writes nothing until the table is frozen again", async () => {
    const executionArn = await stage.startRecovery("lifted-by-hand", incident.requestFor("lifted"));
    await question(stage, executionArn);
    await stage.call(LIFT, { recoveryId: "lifted-by-hand", table: "orders" });
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    const before = asText(await stage.tableContent());
    await approve(stage, executionArn);

    const { error, cause = "" } = await stage.waitForStatus(executionArn, "FAILED");
    expect(error).toBe("ReadOnlyLost");
    expect(cause).toContain("its read-only mode was lifted at");
    expect((await stage.stateNames(executionArn)).at(-1)).toBe("ConfirmReadOnly");
    expect(asText(await stage.tableContent())).toBe(before);

    await typeCommand(stage, JSON.parse(cause).errorMessage, ACTIVATE);
    await expectRedriveToRecover(executionArn, "lifted");
    expect(await guardedWorld(stage)).toEqual(worldBefore);
  });

  test("while its last guard is on its way: that one comes down again, and a redrive freezes and recovers", async () => {
    let lifting: Promise<unknown> | undefined;
    stage.aws.intercept = async ({ action, request }, proceed) => {
      if (action !== "PutResourcePolicy" || !request.caller.arn.includes(`/${ACTIVATE}/`)) return proceed();
      stage.aws.intercept = undefined;
      // It takes down what is up, and can't know yet whether this one will be.
      lifting = expect(stage.call(LIFT, { recoveryId: "crossed", table: "orders" })).rejects.toThrow(/Transient/);
      await lifting;
      return proceed();
    };
    const executionArn = await stage.startRecovery("crossed", incident.requestFor("crossed"));
    const { error, cause = "" } = await stage.waitForStatus(executionArn, "FAILED");
    expect(lifting).toBeDefined();
    expect(error).toBe("ReadOnlyLost");
    expect(cause).toContain("lifted while it was being raised");
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await record(stage, "crossed", "read-only")).toMatchObject({ state: "lifted" });

    await stage.redrive(executionArn);
    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    expect(await incident.wrongIn("crossed")).toEqual(NOTHING_WRONG);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
  });

  test("with `continue` the repair goes on, and good writes made meanwhile are kept", async () => {
    const executionArn = await stage.startRecovery("lift-continue", incident.requestFor("continued"));
    await question(stage, executionArn);
    await expect(incident.writeWell(order("continued", 1), { note: { S: "frozen" } })).rejects.toThrow(/explicit deny/);
    await stage.call(LIFT, { recoveryId: "lift-continue", table: "orders", continue: true });
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await record(stage, "lift-continue", "read-only")).toMatchObject({ state: "lifted-continue" });

    await incident.writeWell(order("continued", 1), { note: { S: "another attribute" } });
    await incident.writeWell(order("continued", 2), { total: { N: "77.00" } });
    const [haunted] = ghosts("continued");
    if (haunted) await incident.writeWell(haunted, { note: { S: "a customer took it for an order" } });
    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(await incident.wrongIn("continued")).toEqual(NOTHING_WRONG);
    const content = await stage.tableContent();
    expect(content.get("TENANT#continued/ORDER#0001")?.note).toEqual({ S: "another attribute" });
    expect(content.get("TENANT#continued/ORDER#0002")?.total).toEqual({ N: "77" });
    expect(content.get("TENANT#continued/ORDER#ghost-0")?.note).toEqual({ S: "a customer took it for an order" });
    const { repairs } = await stage.readReport<Report>("lift-continue");
    expect(repairs.left.map(({ key, reason }) => `${(key.sk as { S?: string }).S} ${reason}`).sort()).toEqual([
      "ORDER#0002 conflict: changed-since-plan",
      "ORDER#ghost-0 conflict: changed-since-plan",
    ]);
  });
});

describe("a freeze of some tenants", () => {
  test("one tenant is thawed before the others: it can write, they can't, and all are recovered", async () => {
    const executionArn = await stage.startRecovery("two-tenants", incident.requestForTenants("first", "second"));
    await question(stage, executionArn);
    const write = (tenant: string) => incident.writeWell(order(tenant, 27), { note: { S: `of ${tenant}` } });
    await expect(write("first")).rejects.toThrow(/explicit deny/);
    await expect(write("second")).rejects.toThrow(/explicit deny/);
    // Others go on as if nothing were.
    await write("bystander-0");

    await stage.call(LIFT, { recoveryId: "two-tenants", table: "orders", tenants: ["first"] });
    await write("first");
    await expect(write("second")).rejects.toThrow(/explicit deny/);
    expect((await guardedWorld(stage)).flag).toBe("second");

    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    expect(await incident.wrongIn("first")).toEqual(NOTHING_WRONG);
    expect(await incident.wrongIn("second")).toEqual(NOTHING_WRONG);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    await write("second");
  });
});

async function expectRedriveToRecover(executionArn: string, tenant: string): Promise<void> {
  await stage.redrive(executionArn);
  await stage.waitForStatus(executionArn, "SUCCEEDED");
  expect(await incident.wrongIn(tenant)).toEqual(NOTHING_WRONG);
}

/** The message about the second end of an execution: the first one's is there already. */
async function messageWith(recoveryId: string, text: string): Promise<string> {
  return (await message(stage, recoveryId, /failed/, text)).message;
}
