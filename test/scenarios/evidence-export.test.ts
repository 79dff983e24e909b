/** An incident of hours ago is recovered from exports of what changed: nothing is restored, no list of keys is needed. */
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExportRecord } from "../../functions/evidence/export/export-record.ts";
import type { Recovery } from "../../functions/runtime/recovery.ts";
import { StoryClock } from "../../local/story-clock.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import { reconfigure, record, recover } from "./support/operator.ts";

const GROUPS = [
  { kind: "updated", attributes: ["currency", "memo", "total"] },
  { kind: "deleted", attributes: [] },
  { kind: "created", attributes: [] },
];

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let tablesBefore: string[] | undefined;

const tables = async () => (await stage.dynamodb.send(new ListTablesCommand({}))).TableNames;

beforeAll(async () => {
  const clock = StoryClock.hoursAgo(3);
  stage = await startDeployedPocketAws({ now: clock.now, conditions: { exportTimestamps: "mixed" } });
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["listed", "named", "again"], clock });
  tablesBefore = await tables();
});

afterAll(() => stage?.close());

describe("an incident of seconds, hours ago", () => {
  test("is taken back from three exports, where the request says nothing of evidence", async () => {
    const { output, executionArn = "" } = await recover(stage, "listed-1", incident.requestFor("listed"));

    expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
    expect(await incident.wrongIn("listed")).toEqual(NOTHING_WRONG);
    const states = await stage.stateNames(executionArn);
    expect(states).toContain("StartExport");
    expect(states).not.toContain("StartRestore");
    expect(await tables()).toEqual(tablesBefore);
    expect((await record<Recovery>(stage, "listed-1", "recovery"))?.evidenceReason).toMatch(/^exports of what changed/);
    const { exports = {} } = (await record<ExportRecord>(stage, "listed-1", "evidence")) ?? {};
    expect(Object.keys(exports)).toEqual(["since", "until", "earlier"]);
  });

  test("needs no keys: the exports name what changed, and the approver picks the groups", async () => {
    const executionArn = await stage.startRecovery(
      "named-1",
      incident.requestFor("", { keys: undefined, tenants: ["named"], evidence: "export" }),
    );
    await approveWith(stage, executionArn, { groups: GROUPS });
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(await incident.wrongIn("named")).toEqual(NOTHING_WRONG);
  });

  test("is taken back from the exports of an earlier recovery, which are not made again", async () => {
    const {
      badSince: _earlier,
      incidentEnd: _too,
      ...request
    } = incident.requestFor("again", {
      evidence: { from: "listed-1" },
    }) as Record<string, unknown>;

    const { output } = await recover(stage, "again-1", request);

    expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
    expect(await incident.wrongIn("again")).toEqual(NOTHING_WRONG);
    const { exports = {} } = (await record<ExportRecord>(stage, "again-1", "evidence")) ?? {};
    expect(Object.values(exports).map(({ borrowedFrom }) => borrowedFrom)).toEqual([
      "listed-1",
      "listed-1",
      "listed-1",
    ]);
  });
});
