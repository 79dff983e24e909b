/** Permissions that are missing where they are needed, and permissions that a freeze takes from whoever has them. */
import {
  BatchWriteItemCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import {
  approve,
  type GuardedWorld,
  guardedWorld,
  message,
  question,
  reconfigure,
  tableArn,
} from "./support/operator.ts";
import { makeForgottenRole, takeAway } from "./support/permissions.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["writes", "plans", "freezes", "forgets"] });
  worldBefore = await guardedWorld(stage);
});

afterAll(() => stage?.close());

describe("a step whose role lacks one action", () => {
  test.each([
    {
      tenant: "freezes",
      role: "backstitch-activate-read-only",
      action: "iam:AttachRolePolicy",
      state: "ActivateReadOnly",
    },
    { tenant: "plans", role: "backstitch-summarize-plan", action: "s3:PutObject", state: "SummarizePlan" },
  ])("fails in $state with an error that names $action, and recovers once it is given back", async (missing) => {
    const { tenant, role, action, state } = missing;
    const giveBack = await takeAway(stage, role, action);
    const recoveryId = `without-${state}`;
    const executionArn = await stage.startRecovery(recoveryId, incident.requestFor(tenant));
    const { error, cause } = await stage.waitForStatus(executionArn, "FAILED");
    expect(error).toMatch(/^AccessDenied(Exception)?$/);
    expect(cause).toContain(action);
    expect(cause).toContain(role);
    expect((await stage.stateNames(executionArn)).at(-1)).toBe(state);
    expect((await message(stage, recoveryId, /failed/)).message).toContain(action);

    await giveBack();
    await stage.redrive(executionArn);
    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    await expectRecovered(tenant);
  });

  test("fails in ApplyRepairs, and people are told which action the part lacked", async () => {
    const executionArn = await stage.startRecovery("without-ApplyPart", incident.requestFor("writes"));
    const giveBack = await takeAway(stage, "backstitch-apply-part", "dynamodb:UpdateItem");
    await approve(stage, executionArn);
    const { error } = await stage.waitForStatus(executionArn, "FAILED");
    expect(error).toBe("States.ExceedToleratedFailureThreshold");
    expect((await stage.stateNames(executionArn)).at(-1)).toBe("ApplyRepairs");
    const told = await message(stage, "without-ApplyPart", /failed/);
    expect(told.message).toMatch(/ApplyPart: AccessDenied.*dynamodb:UpdateItem/);

    await giveBack();
    await stage.redrive(executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    await expectRecovered("writes");
  });
});

describe("a role that nobody remembered", () => {
  test("can't write by any call while the table policy is up, and can before and after", async () => {
    const roleArn = await makeForgottenRole(stage, "nightly-import", tableArn(stage));
    const dynamodb = new DynamoDBClient({
      ...stage.aws.clientConfig(stage.aws.asRole(roleArn, "import")),
      maxAttempts: 1,
    });
    await expectAllWritten(dynamodb);

    const executionArn = await stage.startRecovery("forgotten-role", incident.requestFor("forgets"));
    await question(stage, executionArn);
    const before = await stage.tableContent();
    for (const [call, write] of Object.entries({ ...writes(dynamodb), ...statements(dynamodb) }))
      await expect(write(), call).rejects.toThrow(/explicit deny in a resource-based policy/);
    expect(await stage.tableContent()).toEqual(before);

    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    await expectRecovered("forgets");
    await expectAllWritten(dynamodb);
    dynamodb.destroy();
  });
});

async function expectRecovered(tenant: string): Promise<void> {
  expect(await incident.wrongIn(tenant)).toEqual(NOTHING_WRONG);
  expect(await guardedWorld(stage)).toEqual(worldBefore);
}

const imported = { pk: { S: "TENANT#importer" }, sk: { S: "ORDER#1" } };

/** Every way to write that the pocket AWS carries out. */
function writes(dynamodb: DynamoDBClient): Record<string, () => Promise<unknown>> {
  const Put = { TableName: ORDERS_TABLE, Item: imported };
  return {
    PutItem: () => dynamodb.send(new PutItemCommand(Put)),
    TransactWriteItems: () => dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] })),
    BatchWriteItem: () =>
      dynamodb.send(
        new BatchWriteItemCommand({ RequestItems: { [ORDERS_TABLE]: [{ PutRequest: { Item: imported } }] } }),
      ),
  };
}

/** PartiQL: the pocket AWS knows who may, and no more. */
function statements(dynamodb: DynamoDBClient): Record<string, () => Promise<unknown>> {
  const key = "pk = 'TENANT#importer' AND sk = 'ORDER#1'";
  const texts = {
    PartiQLInsert: `INSERT INTO "${ORDERS_TABLE}" VALUE {'pk': 'TENANT#importer', 'sk': 'ORDER#2'}`,
    PartiQLUpdate: `UPDATE "${ORDERS_TABLE}" SET note = 'x' WHERE ${key}`,
    PartiQLDelete: `DELETE FROM "${ORDERS_TABLE}" WHERE ${key}`,
  };
  return Object.fromEntries(
    Object.entries(texts).map(([call, Statement]) => [
      call,
      () => dynamodb.send(new ExecuteStatementCommand({ Statement })),
    ]),
  );
}

async function expectAllWritten(dynamodb: DynamoDBClient): Promise<void> {
  for (const [call, write] of Object.entries(writes(dynamodb))) await expect(write(), call).resolves.toBeDefined();
  for (const [call, write] of Object.entries(statements(dynamodb)))
    await expect(write(), call).rejects.toThrow(/PartiQL/);
}
