/** A table stays frozen while a plan waits for its approval: people are told, and told again, until it is lifted. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import { message, question, reconfigure, toldAbout, typeCommand } from "./support/operator.ts";
import { letGrowOld, MINUTE, sweepNow } from "./support/watch.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["slow"] });
});

afterAll(() => stage?.close());

test("is told after an hour and every 15 minutes, with who waits for what; silent once it is lifted", async () => {
  const pages = () => toldAbout(stage, "slow-1").filter(({ subject }) => subject.includes("IS FROZEN"));
  const executionArn = await stage.startRecovery("slow-1", incident.requestFor("slow"));
  await question(stage, executionArn);
  await letGrowOld(stage, "slow-1", "read-only", ["since", "frozenFrom"], 59 * MINUTE);
  expect(await sweepNow(stage)).toMatchObject({ pages: 0 });

  await letGrowOld(stage, "slow-1", "read-only", ["since", "frozenFrom"], 2 * MINUTE);
  expect(await sweepNow(stage)).toMatchObject({ pages: 1 });
  expect(await sweepNow(stage)).toMatchObject({ pages: 0 });
  await letGrowOld(stage, "slow-1", "paged", ["at"], 15 * MINUTE);
  expect(await sweepNow(stage)).toMatchObject({ pages: 1 });

  expect(pages()).toHaveLength(2);
  const told = await message(stage, "slow-1", /^Backstitch: orders IS FROZEN since /);
  expect(told.message).toMatch(/It waits for the approval of plan 1 since .*: nobody has answered/);
  expect(told.message).toMatch(/for 61 minutes/);
  expect(told.message).toContain("backstitch-lift-read-only");
  // The first command that it offers approves exactly the plan that waits.
  await typeCommand(stage, told.message, "backstitch-answer-recovery");
  await stage.waitForStatus(executionArn, "SUCCEEDED");

  await letGrowOld(stage, "slow-1", "paged", ["at"], 60 * MINUTE);
  expect(await sweepNow(stage)).toMatchObject({ pages: 0, unwatched: 1 });
  expect(await sweepNow(stage)).toMatchObject({ looked: 0 });
  expect(await incident.wrongIn("slow")).toEqual(NOTHING_WRONG);
});
