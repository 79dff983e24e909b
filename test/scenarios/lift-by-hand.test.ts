/** A freeze whose execution is gone is lifted by hand, from the recoveries table alone. */
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import { AwsError } from "../../local/service.ts";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, type OrdersIncident, order } from "./support/incident.ts";
import {
  type GuardedWorld,
  guardedWorld,
  message,
  question,
  reconfigure,
  record,
  typeCommand,
} from "./support/operator.ts";

const LIFT = "backstitch-lift-read-only";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["one", "two"] });
  worldBefore = await guardedWorld(stage);
});

afterEach(() => {
  stage.aws.intercept = undefined;
});
afterAll(() => stage?.close());

interface Lifted {
  readonly lifted: boolean;
  readonly notes: readonly string[];
}

const lift = (recoveryId: string, more: object = {}) =>
  stage.call<Lifted>(LIFT, { recoveryId, table: ORDERS_TABLE, ...more });
const state = async (recoveryId: string) => (await record<ReadOnlyRecord>(stage, recoveryId, "read-only"))?.state;
const write = (tenant: string) => incident.writeWell(order(tenant, 27), { note: { S: "after the lift" } });

/** Freezes and stops; from then on Step Functions knows neither the execution nor the machine. */
async function frozenAndForgotten(recoveryId: string, request: object): Promise<string> {
  const executionArn = await stage.startRecovery(recoveryId, request);
  await question(stage, executionArn);
  await stage.sfn.send(new StopExecutionCommand({ executionArn }));
  const told = await message(stage, recoveryId, /IS STILL FROZEN/);
  stage.aws.intercept = async ({ service }, proceed) => {
    if (service !== "states") return proceed();
    throw new AwsError("StateMachineDoesNotExist", "State Machine Does Not Exist");
  };
  return told.message;
}

/** Gives it up, so that another one may begin. */
async function abandon(recoveryId: string): Promise<void> {
  stage.aws.intercept = undefined;
  await stage.answer({ recoveryId, answer: "abandon", by: "on-call" });
}

describe("with its execution forgotten and its state machine deleted, a freeze", () => {
  test("of the whole table is lifted by the message's command word for word, and twice is once", async () => {
    const told = await frozenAndForgotten("whole", incident.requestFor("one"));
    await expect(write("one")).rejects.toThrow(/explicit deny/);

    await typeCommand(stage, told, LIFT);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await state("whole")).toBe("lifted");
    await write("one");
    expect(await lift("whole")).toEqual({ lifted: true, notes: [expect.stringContaining("Already lifted at")] });
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    await abandon("whole");
  });

  test("of two tenants is lifted one by one, each twice", async () => {
    await frozenAndForgotten("tenants", incident.requestForTenants("one", "two"));

    await lift("tenants", { tenants: ["one"] });
    await lift("tenants", { tenants: ["one"] });
    await write("one");
    await expect(write("two")).rejects.toThrow(/explicit deny/);
    expect(await state("tenants")).not.toBe("lifted");
    await lift("tenants", { tenants: ["two"] });
    await lift("tenants", { tenants: ["two"] });
    await write("two");
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await state("tenants")).toBe("lifted");
    await abandon("tenants");
  });

  test("is thawed with `continue`, twice, and lifted after that", async () => {
    await frozenAndForgotten("continued", incident.requestFor("one"));

    await lift("continued", { continue: true });
    await lift("continued", { continue: true });
    await write("one");
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    expect(await state("continued")).toBe("lifted-continue");
    await lift("continued");
    expect(await state("continued")).toBe("lifted");
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    await abandon("continued");
  });

  test("with a table policy that DynamoDB refuses keeps that alone, says what to do, and is lifted by the second call", async () => {
    await frozenAndForgotten("refused", incident.requestFor("one"));
    const { tablePolicy } = await guardedWorld(stage);
    const forget = stage.aws.intercept;
    stage.aws.intercept = (call, proceed) => {
      if (/^(Put|Delete)ResourcePolicy$/.test(call.action))
        throw new AwsError("ValidationException", "Invalid principal in policy");
      return forget ? forget(call, proceed) : proceed();
    };

    await expect(lift("refused")).rejects.toThrow(
      /GuardFailed.*Invalid principal in policy.*nothing was changed.*aws dynamodb get-resource-policy/,
    );
    expect(await guardedWorld(stage)).toEqual({ ...worldBefore, tablePolicy });
    expect(await state("refused")).toBe("lifting");
    stage.aws.intercept = forget;
    await lift("refused");
    expect(await guardedWorld(stage)).toEqual(worldBefore);
    await abandon("refused");
  });
});
