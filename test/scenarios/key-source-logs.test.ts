/** Nobody has a list of what was damaged, but the application logged what it wrote: its change log says where to look. */
import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KeysRecord } from "../../functions/key-sources/key-parts.ts";
import { logItemChange } from "../../kit/index.ts";
import { CHANGE_LOG_GROUP, CHANGE_LOG_STREAM, ChangeLog } from "../../local/demo/change-log.ts";
import { keyItem } from "../../local/demo/orders.ts";
import { StoryClock } from "../../local/story-clock.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import {
  DAMAGED_A_TENANT,
  haveIncident,
  NOTHING_WRONG,
  type OnWritten,
  type OrdersIncident,
} from "./support/incident.ts";
import { reconfigure, record } from "./support/operator.ts";

const BUG = "release-4711";
const GROUPS = [
  { kind: "updated", attributes: ["currency", "memo", "total"] },
  { kind: "deleted", attributes: [] },
  { kind: "created", attributes: [] },
];

let stage: DeployedPocketAws;
let logs: CloudWatchLogsClient;
let incident: OrdersIncident;

beforeAll(async () => {
  const clock = StoryClock.hoursAgo(3);
  stage = await startDeployedPocketAws({ now: clock.now });
  logs = new CloudWatchLogsClient(stage.aws.clientConfig());
  const [logGroupName, logStreamName] = [CHANGE_LOG_GROUP, CHANGE_LOG_STREAM];
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  const changeLog = new ChangeLog(logs, clock.now);
  const onWritten: OnWritten = ({ tenant, ...order }, action, by) => {
    const { pk, sk } = keyItem({ tenant, ...order });
    const key = { pk: pk?.S ?? "", sk: sk?.S ?? "" };
    const writer = by === "bug" ? BUG : "release-4710";
    logItemChange({ table: "orders", key, action, writer, tenant }, changeLog.write);
    logItemChange({ table: "customers", key, action, writer, tenant }, changeLog.write);
  };
  incident = await haveIncident(stage, { tenants: ["exported", "restored", "deleted"], clock, onWritten });
  await changeLog.flush();
});

afterAll(async () => {
  logs?.destroy();
  await stage?.close();
});

async function recoverBy(
  name: string,
  tenant: string,
  changes: object,
  groups = GROUPS,
): Promise<KeysRecord | undefined> {
  const request = incident.requestFor(tenant, { keys: undefined, tenants: [tenant], ...changes });
  const executionArn = await stage.startRecovery(name, request);
  await approveWith(stage, executionArn, { groups });
  await stage.waitForStatus(executionArn, "SUCCEEDED");
  return record<KeysRecord>(stage, name, "keys");
}

test("what the bad release wrote is looked for in exports, and taken back to the byte", async () => {
  const keys = await recoverBy("exported-1", "exported", {
    evidence: "export",
    keysFrom: { logs: { writers: [BUG] } },
  });

  expect(await incident.wrongIn("exported")).toEqual(NOTHING_WRONG);
  // Of the two other tenants as many lines were found, and left aside.
  expect(keys).toMatchObject({ source: "logs", keys: DAMAGED_A_TENANT, outsideTenants: 2 * DAMAGED_A_TENANT });
  expect(keys?.blindSpot).toContain(CHANGE_LOG_GROUP);
});

test("what anybody wrote is looked for in restored tables, and good writes stay", async () => {
  const keys = await recoverBy("restored-1", "restored", { evidence: "restore", keysFrom: { logs: {} } });

  expect(await incident.wrongIn("restored")).toEqual(NOTHING_WRONG);
  expect(keys?.keys).toBeGreaterThan(DAMAGED_A_TENANT);
});

test("deletes alone are taken back where the request asks for no others", async () => {
  await recoverBy("deleted-1", "deleted", { keysFrom: { logs: { writers: [BUG], actions: ["delete"] } } }, [
    { kind: "deleted", attributes: [] },
  ]);

  const { damagedLeft, goodWritesLost } = await incident.wrongIn("deleted");
  expect(goodWritesLost).toEqual([]);
  const deleted = [18, 19, 20, 21, 22].map((index) => `00${index}`);
  expect(damagedLeft).toHaveLength(DAMAGED_A_TENANT - deleted.length);
  expect(damagedLeft.filter((id) => deleted.some((order) => id.endsWith(order)))).toEqual([]);
});
