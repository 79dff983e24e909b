/** A table is held by executions that will never give it back: one that never began, and one that is over. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, type OrdersIncident } from "./support/incident.ts";
import { message, reconfigure, record, recover, toldAbout, typeCommand } from "./support/operator.ts";
import { letGrowOld, MINUTE, sweepNow, writeRecord } from "./support/watch.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["over"] });
});

afterAll(() => stage?.close());

const lock = () => record<{ recoveryId: string }>(stage, "lock", ORDERS_TABLE);

test("one that died before it began is given back; one that ended is told once, and given back by the command", async () => {
  const hold = (recoveryId: string, executionArn: string) =>
    writeRecord(stage, "lock", ORDERS_TABLE, { recoveryId, executionArn, acquiredAt: new Date().toISOString() });
  const unknown = `arn:aws:states:${stage.aws.region}:${stage.aws.accountId}:execution:backstitch-recover:dead`;
  await hold("dead", unknown);
  // So young a lock may be of an execution that Step Functions does not know yet.
  expect(await sweepNow(stage)).toMatchObject({ locksReleased: 0 });
  await letGrowOld(stage, "lock", ORDERS_TABLE, ["acquiredAt"], 6 * MINUTE);
  expect(await sweepNow(stage)).toMatchObject({ locksReleased: 1 });
  expect(await lock()).toBeUndefined();
  await message(stage, "dead", /orders was given back/);

  const { executionArn = "" } = await recover(stage, "over-1", incident.requestFor("over"));
  await hold("over-1", executionArn);
  expect(await sweepNow(stage)).toMatchObject({ locksTold: 1, locksReleased: 0 });
  expect(await sweepNow(stage)).toMatchObject({ locksTold: 0, locksReleased: 0 });
  expect(await lock()).toMatchObject({ recoveryId: "over-1" });

  const told = await message(stage, "over-1", /is held by a recovery that is over/);
  expect(toldAbout(stage, "over-1").filter(({ subject }) => subject.includes("is held"))).toHaveLength(1);
  await typeCommand(stage, told.message, "backstitch-answer-recovery");
  expect(await lock()).toBeUndefined();
});
