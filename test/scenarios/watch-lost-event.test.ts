/** EventBridge lost the event of a failed recovery: the sweep finds the failure, tells it, and lifts as the request says. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ended } from "../../functions/report/ended-message.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, type OrdersIncident } from "./support/incident.ts";
import { guardedWorld, message, reconfigure, record, toldAbout } from "./support/operator.ts";
import { forbid, loseEvents, sweepNow, waitForNoEvents } from "./support/watch.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["lost"] });
  await loseEvents(stage);
});

afterAll(() => stage?.close());

test("a failure that no event told is told by the sweep, once, and the freeze is lifted as the request says", async () => {
  const before = await guardedWorld(stage);
  await forbid(stage, "backstitch-plan-part", "dynamodb:BatchGetItem");
  const executionArn = await stage.startRecovery("lost-1", incident.requestFor("lost", { onFailure: "lift" }));
  await stage.waitForStatus(executionArn, "FAILED");

  expect(await sweepNow(stage)).toMatchObject({ looked: 1, endsTold: 0 });
  expect(toldAbout(stage, "lost-1")).toEqual([]);
  expect(await guardedWorld(stage)).not.toEqual(before);

  await waitForNoEvents(stage);
  expect(await sweepNow(stage)).toMatchObject({ looked: 1, endsTold: 1 });
  expect(await sweepNow(stage)).toMatchObject({ looked: 1, endsTold: 0 });

  expect(toldAbout(stage, "lost-1")).toHaveLength(1);
  const told = await message(stage, "lost-1", /orders is not frozen; its recovery failed/);
  expect(told.message).toContain('The freeze was lifted, since the request says "onFailure": "lift".');
  expect(told.message).toContain(`redrive-execution --execution-arn ${executionArn}`);
  expect(await record<Ended>(stage, "lost-1", "ended")).toMatchObject({ executionArn, frozen: false, lifted: true });
  expect(await guardedWorld(stage)).toEqual(before);
});
