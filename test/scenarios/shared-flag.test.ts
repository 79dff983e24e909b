/** Two recoveries of two tables whose applications read the same flag: each freezes and thaws its own, however they cross. */

import { setTimeout as sleep } from "node:timers/promises";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, type OrdersIncident } from "./support/incident.ts";
import { FLAG_PARAMETER, question, reconfigure, record } from "./support/operator.ts";
import { haveInvoices, INVOICES_TABLE, twoTables } from "./support/two-tables.ts";

const BY_HAND = " zeta , beta";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let ssm: SSMClient;

beforeAll(async () => {
  stage = await startDeployedPocketAws({ source: twoTables });
  ssm = new SSMClient(stage.aws.clientConfig());
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  const invoices = await haveInvoices(stage);
  incident = await haveIncident(stage, { tenants: ["acme"] });
  await invoices.damage();
  await sleep(1100);
  await ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Value: BY_HAND, Type: "String", Overwrite: true }));
});

afterAll(async () => {
  ssm?.destroy();
  await stage?.close();
});

interface Recovering {
  readonly recoveryId: string;
  /** Starts it; it is frozen when it asks. */
  start(): Promise<void>;
  frozen(): Promise<void>;
  /** Ends it, which thaws. */
  reject(): Promise<void>;
}

/** Recovers one tenant's orders, and freezes that tenant alone. */
const ordersOf = (story: string) =>
  recovering(`${story}-orders`, incident.requestFor("acme", { tenants: ["acme"], readOnly: { guards: ["ssm-flag"] } }));

/** Recovers the invoices, and freezes all of them. */
const invoicesOf = (story: string) =>
  recovering(`${story}-invoices`, {
    table: INVOICES_TABLE,
    badSince: incident.incidentEnd,
    keys: [{ pk: "INVOICE#1" }],
  });

function recovering(recoveryId: string, request: object): Recovering {
  let executionArn = "";
  return {
    recoveryId,
    start: async () => {
      executionArn = await stage.startRecovery(recoveryId, request);
    },
    frozen: async () => {
      await question(stage, executionArn);
    },
    reject: async () => {
      await question(stage, executionArn);
      await stage.answer({ recoveryId, answer: "reject", by: "on-call" });
      await stage.waitForStatus(executionArn, "SUCCEEDED");
    },
  };
}

async function flag(): Promise<string | undefined> {
  return (await ssm.send(new GetParameterCommand({ Name: FLAG_PARAMETER }))).Parameter?.Value;
}

async function expectAllGivenBack(...recoveries: readonly Recovering[]): Promise<void> {
  expect(await flag()).toBe(BY_HAND);
  for (const { recoveryId } of recoveries) {
    const { state, notes = [] } = (await record<ReadOnlyRecord>(stage, recoveryId, "read-only")) ?? {};
    expect(state).toBe("lifted");
    // The other recovery is not taken for a person who edits the flag.
    expect(notes.join()).not.toContain("somebody");
  }
}

/** Does something right before the next write of the flag by this function takes effect. */
function beforeItsWrite(role: string, act: () => Promise<void>): { happened(): boolean } {
  let done = false;
  stage.aws.intercept = async ({ action, request }, proceed) => {
    if (action !== "PutParameter" || !request.caller.arn.includes(`/${role}/`)) return proceed();
    stage.aws.intercept = undefined;
    await act();
    done = true;
    return proceed();
  };
  return { happened: () => done };
}

describe("one after the other", () => {
  test("the one that froze first thaws first, and the other stays frozen", async () => {
    const [orders, invoices] = [ordersOf("first"), invoicesOf("first")];
    await orders.start();
    await orders.frozen();
    expect(await flag()).toBe("zeta,beta,acme");
    await invoices.start();
    await invoices.frozen();
    expect(await flag()).toBe("all");

    await orders.reject();
    expect(await flag()).toBe("all");
    await invoices.reject();
    await expectAllGivenBack(orders, invoices);
  });

  test("the one that froze last thaws first, and the other's tenant stays frozen", async () => {
    const [orders, invoices] = [ordersOf("last"), invoicesOf("last")];
    await orders.start();
    await orders.frozen();
    await invoices.start();
    await invoices.reject();
    expect(await flag()).toBe("zeta,beta,acme");
    await orders.reject();
    await expectAllGivenBack(orders, invoices);
  });
});

describe("at the same moment", () => {
  test("one freezes while the other writes its freeze", async () => {
    const [orders, invoices] = [ordersOf("both"), invoicesOf("both")];
    const crossing = beforeItsWrite("backstitch-activate-read-only", async () => {
      await invoices.start();
      await invoices.frozen();
    });
    await orders.start();
    await orders.frozen();
    expect(crossing.happened()).toBe(true);
    expect(await flag()).toBe("all");

    await invoices.reject();
    expect(await flag()).toBe("zeta,beta,acme");
    await orders.reject();
    await expectAllGivenBack(orders, invoices);
  });

  test("one thaws while the other writes its freeze", async () => {
    const [orders, invoices] = [ordersOf("thaws"), invoicesOf("thaws")];
    await orders.start();
    await orders.frozen();
    const crossing = beforeItsWrite("backstitch-activate-read-only", () => orders.reject());
    await invoices.start();
    await invoices.frozen();
    expect(crossing.happened()).toBe(true);
    expect(await flag()).toBe("all");

    await invoices.reject();
    await expectAllGivenBack(orders, invoices);
  });

  test("one freezes while the other writes its thaw", async () => {
    const [orders, invoices] = [ordersOf("freezes"), invoicesOf("freezes")];
    await invoices.start();
    await invoices.frozen();
    const crossing = beforeItsWrite("backstitch-lift-read-only", async () => {
      await orders.start();
      await orders.frozen();
    });
    await invoices.reject();
    expect(crossing.happened()).toBe(true);
    expect(await flag()).toBe("zeta,beta,acme");

    await orders.reject();
    await expectAllGivenBack(orders, invoices);
  });
});
