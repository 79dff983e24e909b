/** The function that tells of failures fails itself: its event is kept, an alarm rings, and the sweep does what it left. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Ended } from "../../functions/report/ended-message.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, type OrdersIncident } from "./support/incident.ts";
import { message, reconfigure, record, toldAbout } from "./support/operator.ts";
import { forbid, sweepNow, waitForNoEvents } from "./support/watch.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["unheard"] });
});

afterAll(() => stage?.close());

const alarms = () =>
  stage.aws.services.sns.messages
    .filter(({ subject }) => subject?.startsWith("ALARM"))
    .map(
      ({ message: text }) =>
        JSON.parse(text) as { AlarmName: string; NewStateReason: string; AlarmDescription: string },
    )
    .sort((a, b) => (a.AlarmName < b.AlarmName ? -1 : 1));

test("an event that nobody could deal with is a dead letter, which an alarm tells; the sweep tells the failure", async () => {
  const { sqs, cloudWatch } = stage.aws.services;
  const queueArn = `arn:aws:sqs:${stage.aws.region}:${stage.aws.accountId}:backstitch-dead-letters`;
  cloudWatch.evaluateAlarms();
  expect(cloudWatch.stateOf("backstitch-dead-letters")).toBe("OK");
  const allow = await forbid(stage, "backstitch-on-recovery-ended", "sns:Publish");
  await forbid(stage, "backstitch-plan-part", "dynamodb:BatchGetItem");

  const executionArn = await stage.startRecovery("unheard-1", incident.requestFor("unheard"));
  await stage.waitForStatus(executionArn, "FAILED");
  await vi.waitFor(() => expect(sqs.queue(queueArn).visibleMessages()).toHaveLength(1), 60_000);

  const [letter] = sqs.queue(queueArn).visibleMessages();
  expect(JSON.parse(letter?.body ?? "")).toMatchObject({
    requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 3 },
    requestPayload: { detail: { executionArn, status: "FAILED" } },
    responsePayload: { errorType: "AuthorizationErrorException", errorMessage: expect.stringContaining("sns:Publish") },
  });
  cloudWatch.evaluateAlarms();
  expect(cloudWatch.failedActions).toEqual([]);
  expect(alarms()).toMatchObject([
    { AlarmName: "backstitch-dead-letters", AlarmDescription: expect.stringContaining("backstitch-dead-letters") },
    { AlarmName: "backstitch-on-recovery-ended-errors", NewStateReason: expect.stringContaining("[3.0]") },
  ]);
  expect(toldAbout(stage, "unheard-1")).toEqual([]);
  expect(await record<Ended>(stage, "unheard-1", "ended")).not.toHaveProperty("notifiedAt");

  await waitForNoEvents(stage);
  expect(await sweepNow(stage)).toMatchObject({ endsTold: 1 });
  await message(stage, "unheard-1", /orders IS STILL FROZEN; its recovery failed/);
  await allow();
});

test("a sweep that does not run for an hour is an alarm of its own", async () => {
  const { cloudWatch } = stage.aws.services;
  await sweepNow(stage);
  cloudWatch.evaluateAlarms();
  expect(cloudWatch.stateOf("backstitch-sweep-silent")).toBe("OK");

  cloudWatch.evaluateAlarms(Date.now() + 3_600_000);

  expect(alarms().map(({ AlarmName }) => AlarmName)).toContain("backstitch-sweep-silent");
});
