/** The application's own health check is asked before the lift: where it is not well, a person decides. */
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { codeDirectory } from "../support/lambda-code.ts";
import { answer } from "./support/answers.ts";
import { haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import {
  abandon,
  approve,
  type GuardedWorld,
  guardedWorld,
  message,
  question,
  reconfigure,
  record,
  restoredTables,
} from "./support/operator.ts";

const CHECK = `exports.handler = async ({ recoveryId }) =>
  recoveryId.startsWith("sick") ? { healthy: false, message: "no orders since 10 minutes" } : { healthy: true };`;

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  const { functionArn } = stage.aws.services.lambda.createFunction({
    name: "orders-health",
    codeDirectory: codeDirectory({ "index.js": CHECK }),
    handler: "index.handler",
    roleArn: stage.applicationRoleArn,
    environment: {},
    timeoutSeconds: 10,
    memoryMb: 128,
  });
  await reconfigure(stage, { flagCacheSeconds: 0.2, healthCheckFunctionArn: functionArn });
  incident = await haveIncident(stage, { tenants: ["forbidden", "well", "continue", "lift", "stop"] });
  worldBefore = await guardedWorld(stage);
});

afterAll(() => stage?.close());

/** What the template grants where the configuration names a health check; that of the sample names none. */
async function allowCheck(): Promise<void> {
  const iam = new IAMClient(stage.aws.clientConfig());
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: "*" }],
  });
  await iam.send(
    new PutRolePolicyCommand({ RoleName: "backstitch-run-health-check", PolicyName: "check", PolicyDocument }),
  );
  iam.destroy();
}

/** Up to the question about the health. */
async function unwell(name: string, tenant: string): Promise<string> {
  const executionArn = await stage.startRecovery(name, incident.requestFor(tenant));
  const asked = await question(stage, executionArn);
  await approve(stage, executionArn);
  await question(stage, executionArn, asked);
  expect(await record(stage, name, "waiting")).toMatchObject({ for: "decision", about: "health" });
  // Repaired and still frozen: that is the moment for the question.
  expect(await incident.wrongIn(tenant)).toEqual(NOTHING_WRONG);
  expect(await guardedWorld(stage)).not.toEqual(worldBefore);
  return executionArn;
}

describe("a health check", () => {
  test("that may not be called counts as not healthy, and says why", async () => {
    const executionArn = await unwell("forbidden", "forbidden");
    const told = await message(stage, "forbidden", /waits for a decision/);
    expect(told.message).toContain("AccessDenied");
    await answer(stage, executionArn, { answer: "continue" });
    await stage.waitForStatus(executionArn, "SUCCEEDED");
  });

  test("that is passed lets the recovery end without a question", async () => {
    await allowCheck();
    const executionArn = await stage.startRecovery("fine", incident.requestFor("well"));
    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(await stage.readReport<Report>("fine")).toMatchObject({ health: { checked: true, healthy: true } });
    expect(await stage.stateNames(executionArn)).not.toContain("AwaitDecision");
  });

  test("that is not passed asks, and continue lifts and ends Recovered", async () => {
    const executionArn = await unwell("sick-continue", "continue");
    const told = await message(stage, "sick-continue", /waits for a decision/);
    expect(told.message).toContain("no orders since 10 minutes");
    await answer(stage, executionArn, { answer: "continue" });
    const { output } = await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await restoredTables(stage)).toEqual([]);
    expect(await stage.readReport<Report>("sick-continue")).toMatchObject({
      health: { healthy: false },
      decisions: [{ answer: "continue", about: "health" }],
    });
  });

  test("lift thaws and ends red: what was repaired stays, the evidence too", async () => {
    const executionArn = await unwell("sick-lift", "lift");
    await answer(stage, executionArn, { answer: "lift" });
    const { error, cause } = await stage.waitForStatus(executionArn, "FAILED");

    expect(error).toBe("RecoveryStopped");
    expect(cause).toContain("Nothing is frozen.");
    expect(await incident.wrongIn("lift")).toEqual(NOTHING_WRONG);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await restoredTables(stage)).toHaveLength(2);
    expect(await record(stage, "lock", "orders")).toBeUndefined();
  });

  test("stop leaves the table frozen and held", async () => {
    const executionArn = await unwell("sick-stop", "stop");
    await answer(stage, executionArn, { answer: "stop" });
    await stage.waitForStatus(executionArn, "FAILED");

    expect(await guardedWorld(stage)).not.toEqual(worldBefore);
    expect(await record(stage, "lock", "orders")).toMatchObject({ recoveryId: "sick-stop" });
    expect((await stage.readReport<Report>("sick-stop")).toDo[0]).toContain("still frozen");
    await abandon(stage, "sick-stop");
  });
});
