/** EventBridge delivers an event at least once: the second time changes nothing; a redrive's failure is told anew. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { EventBridgeEvent } from "../../local/eventbridge/service.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, type OrdersIncident } from "./support/incident.ts";
import { message, reconfigure, toldAbout } from "./support/operator.ts";
import { forbid, sweepNow, waitForNoEvents } from "./support/watch.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["twice"] });
});

afterAll(() => stage?.close());

test("the same end is told once, by however many events and sweeps; the end of its redrive is told as well", async () => {
  const events: EventBridgeEvent[] = [];
  stage.aws.services.lambda.onInvoke(({ functionName, payload }) => {
    if (functionName === "backstitch-on-recovery-ended") events.push(payload as EventBridgeEvent);
  });
  const failures = () => toldAbout(stage, "twice-1").filter(({ subject }) => subject.includes("failed"));
  await forbid(stage, "backstitch-plan-part", "dynamodb:BatchGetItem");
  const executionArn = await stage.startRecovery("twice-1", incident.requestFor("twice"));
  await stage.waitForStatus(executionArn, "FAILED");
  await message(stage, "twice-1", /failed/);
  await vi.waitFor(() => expect(events).toHaveLength(1), 30_000);
  const [first] = events;
  if (!first) throw new Error("There was no event.");

  stage.aws.services.events.emit(first);
  await vi.waitFor(() => expect(events).toHaveLength(2), 30_000);
  await waitForNoEvents(stage);
  expect(await sweepNow(stage)).toMatchObject({ endsTold: 0 });
  expect(failures()).toHaveLength(1);

  await stage.redrive(executionArn);
  await stage.waitForStatus(executionArn, "FAILED");
  await vi.waitFor(() => expect(failures()).toHaveLength(2), 30_000);

  // What was delivered before is delivered once more, after the later one.
  stage.aws.services.events.emit(first);
  await vi.waitFor(() => expect(events).toHaveLength(4), 30_000);
  expect(failures()).toHaveLength(2);
});
