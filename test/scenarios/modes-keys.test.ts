/** Which items are looked at, and what becomes of whole ones: a partition, ghosts without a version, items whose time had come. */
import { DeleteItemCommand, UpdateItemCommand, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import type { Report } from "../../functions/report/build-report.ts";
import { keyText } from "../../local/demo/orders.ts";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { approveWith, WITHOUT_VERSION } from "./support/answers.ts";
import { ghosts, haveIncident, itemsOfOthers, NOTHING_WRONG, type OrdersIncident, order } from "./support/incident.ts";
import { question, readPlan, reconfigure, record } from "./support/operator.ts";

const BUG = ["currency", "memo", "total"];
const ALL_KINDS = [
  { kind: "updated", attributes: BUG },
  { kind: "deleted", attributes: [] },
  { kind: "created", attributes: [] },
];

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["partition", "unversioned", "expired"] });
});

afterAll(() => stage?.close());

const lastReport = (recoveryId: string) => stage.readReport<Report>(recoveryId);

describe("a partition as the source of keys", () => {
  test("finds what the bug deleted too, asks which changes are damage, and touches no other partition", async () => {
    const before = await stage.tableContent();
    const keysFrom = { partition: { key: "TENANT#partition" } };
    const request = incident.requestFor("partition", { keys: undefined, keysFrom });
    const executionArn = await stage.startRecovery("partition", request);
    const { planHash } = await question(stage, executionArn);
    const plan = await readPlan(stage, "partition");
    expect(plan).toMatchObject({ writes: 0, counts: { items: 33 } });
    expect(plan.counts.groups.map(({ kind, count }) => [kind, count])).toEqual([
      ["updated", 18],
      ["deleted", 5],
      ["created", 3],
    ]);
    // Nothing is selected: approving it as it stands would repair nothing and look like a recovery.
    await expect(stage.answer({ recoveryId: "partition", answer: "approve", planHash, by: "on-call" })).rejects.toThrow(
      /writes nothing/,
    );

    await approveWith(stage, executionArn, { groups: ALL_KINDS });
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(await incident.wrongIn("partition")).toEqual(NOTHING_WRONG);
    expect(itemsOfOthers(await stage.tableContent(), "partition")).toEqual(itemsOfOthers(before, "partition"));
    expect((await lastReport("partition")).repairs).toMatchObject({ outcomes: { written: 26 }, leftCount: 0 });
  });
});

describe("items that the bug created, in a table without versionAttribute,", () => {
  test("are deleted under the proven freeze, which can't be lifted before: a later write could be lost", async () => {
    await reconfigure(stage, WITHOUT_VERSION);
    const executionArn = await stage.startRecovery(
      "unversioned",
      incident.requestFor("unversioned", { attributes: { except: ["version"] } }),
    );
    await question(stage, executionArn);
    await reconfigure(stage, { versionAttribute: "version" });
    expect((await readPlan(stage, "unversioned")).counts.deletesThatNeedFreeze).toBe(3);
    const lift = { recoveryId: "unversioned", table: ORDERS_TABLE, continue: true };
    await expect(stage.call("backstitch-lift-read-only", lift)).rejects.toThrow(/deletes 3 items/);
    expect(await record<ReadOnlyRecord>(stage, "unversioned", "read-only")).toMatchObject({ state: "proven" });

    await approveWith(stage, executionArn, {});
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    const content = await stage.tableContent();
    for (const ghost of ghosts("unversioned")) expect(content.has(keyText(ghost))).toBe(false);
    expect((await lastReport("unversioned")).repairs).toMatchObject({ outcomes: { written: 26 }, leftCount: 0 });
  });
});

describe("an item whose time to live has passed", () => {
  test("is not raised from the dead, and not listed as left to a person", async () => {
    const times = await setTimesToLive();
    const executionArn = await stage.startRecovery("expired", incident.requestFor("expired", times));
    await approveWith(stage, executionArn, {});
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    const content = await stage.tableContent();
    expect(content.has(keyText(order("expired", 28)))).toBe(false);
    expect(content.has(keyText(order("expired", 29)))).toBe(true);
    const { repairs } = await lastReport("expired");
    expect(repairs).toMatchObject({ outcomes: { written: 1 }, notWritten: { expired: 1 }, leftCount: 0 });
  });
});

/** Two orders get a time to live, one of which has passed when the bug deletes them both; answers the window of that. */
async function setTimesToLive(): Promise<object> {
  await stage.dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName: ORDERS_TABLE,
      TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
    }),
  );
  const now = Math.floor(Date.now() / 1000);
  const keys = [28, 29].map((index) => ({
    pk: { S: "TENANT#expired" },
    sk: { S: `ORDER#${order("expired", index).order}` },
  }));
  for (const [index, Key] of keys.entries())
    await stage.dynamodb.send(
      new UpdateItemCommand({
        TableName: ORDERS_TABLE,
        Key,
        UpdateExpression: "SET expiresAt = :at",
        ExpressionAttributeValues: { ":at": { N: String(index === 0 ? now - 60 : now + 86_400) } },
      }),
    );
  await nextSecond();
  await nextSecond();
  const badSince = wholeSecond();
  for (const Key of keys) await stage.dynamodb.send(new DeleteItemCommand({ TableName: ORDERS_TABLE, Key }));
  const incidentEnd = wholeSecond();
  await nextSecond();
  return { badSince, incidentEnd, keys: keys.map(({ pk, sk }) => ({ pk: pk.S, sk: sk.S })) };
}

function wholeSecond(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

async function nextSecond(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1005 - (Date.now() % 1000)));
}
