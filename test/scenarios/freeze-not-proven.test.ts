/** A guard that is raised and does nothing: the recovery finds out, writes nothing, and says which guard it is. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { asText, haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import { approve, type GuardedWorld, guardedWorld, message, reconfigure, record } from "./support/operator.ts";

/** The flag can't be proven and has a time of its own; these stories are about the other two. */
const readOnly = { guards: ["iam-deny", "table-policy"] };

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { provenWithinSeconds: 1 });
  incident = await haveIncident(stage, { tenants: ["policy", "deny"] });
  worldBefore = await guardedWorld(stage);
});

afterEach(() => {
  stage.aws.conditions.tablePolicyPropagationMs = 0;
  stage.aws.conditions.iamPropagationMs = 0;
});

afterAll(() => stage?.close());

describe("a guard that never takes effect", () => {
  test("a deny policy that is not enforced is named, nothing is written, and a redrive goes on once it is", async () => {
    stage.aws.conditions.iamPropagationMs = Number.POSITIVE_INFINITY;
    const executionArn = await expectNotProven("deny-dead", "deny", "iam-deny", "table-policy");

    stage.aws.conditions.iamPropagationMs = 0;
    await expectToGoOn(executionArn, "deny");
  });

  test("a table policy that is not enforced is named, nothing is written, and freezing again goes on", async () => {
    stage.aws.conditions.tablePolicyPropagationMs = Number.POSITIVE_INFINITY;
    const executionArn = await expectNotProven("policy-dead", "policy", "table-policy", "iam-deny");

    stage.aws.conditions.tablePolicyPropagationMs = 0;
    await stage.call("backstitch-lift-read-only", { recoveryId: "policy-dead", table: "orders" });
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    await stage.call("backstitch-activate-read-only", { recoveryId: "policy-dead", table: "orders" });
    await expectToGoOn(executionArn, "policy");
  });
});

async function expectNotProven(recoveryId: string, tenant: string, dead: string, alive: string): Promise<string> {
  const before = asText(await stage.tableContent());
  const executionArn = await stage.startRecovery(recoveryId, incident.requestFor(tenant, { readOnly }));
  const { error, cause = "" } = await stage.waitForStatus(executionArn, "FAILED");
  expect(error).toBe("ReadOnlyNotProven");
  expect(cause).toContain(`guard ${dead}`);
  expect(cause).not.toContain(`guard ${alive}`);
  expect(cause).toContain("Nothing was written");
  expect((await stage.stateNames(executionArn)).at(-1)).toBe("VerifyReadOnly");
  expect(asText(await stage.tableContent())).toBe(before);
  const frozen = await record<ReadOnlyRecord>(stage, recoveryId, "read-only");
  expect(frozen?.guards).toMatchObject({ [dead]: { proof: "pending" }, [alive]: { proof: "proven" } });
  const told = await message(stage, recoveryId, /failed/);
  expect(told.subject).toContain("orders IS STILL FROZEN");
  expect(told.message).toContain(`guard ${dead}`);
  expect(told.message).toContain("aws lambda invoke --function-name backstitch-lift-read-only");
  return executionArn;
}

async function expectToGoOn(executionArn: string, tenant: string): Promise<void> {
  await stage.redrive(executionArn);
  await approve(stage, executionArn);
  await stage.waitForStatus(executionArn, "SUCCEEDED");
  expect(await incident.wrongIn(tenant)).toEqual(NOTHING_WRONG);
  expect(await guardedWorld(stage)).toEqual(worldBefore);
}
