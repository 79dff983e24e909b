/** The table as it was comes from an on-demand backup; what the incident left, from a point in time. */
import { CreateBackupCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Recovery } from "../../functions/runtime/recovery.ts";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import { reconfigure, record, restoredTables } from "./support/operator.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  const backup = () =>
    stage.dynamodb.send(new CreateBackupCommand({ TableName: ORDERS_TABLE, BackupName: "before-release" }));
  incident = await haveIncident(stage, { tenants: ["acme"], onceSeeded: backup });
});

afterAll(() => stage?.close());

test("a backup that the request names gives back what the bug took, and its restored table goes at the end", async () => {
  const request = incident.requestFor("acme", { evidence: { backup: "before-release" } });

  const executionArn = await stage.startRecovery("from-backup", request);
  // Between backup and incident good writes may have been made, which look like the incident's.
  const plain = approveWith(stage, executionArn, {});
  await expect(plain).rejects.toThrow("two-way");
  await approveWith(stage, executionArn, { accept: "may-lose-good-writes" });
  const { output } = await stage.waitForStatus(executionArn, "SUCCEEDED");

  expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
  expect(await incident.wrongIn("acme")).toEqual(NOTHING_WRONG);
  const { evidenceReason } = (await record<Recovery>(stage, "from-backup", "recovery")) ?? {};
  expect(evidenceReason).toMatch(
    /^backup "before-release" restored beside the table.*"before" is the table as it was at/,
  );
  expect(await restoredTables(stage)).toEqual([]);
});

test("a backup that nobody made is refused before anything is changed", async () => {
  const request = incident.requestFor("acme", { evidence: { backup: "nightly" } });

  const { cause } = await stage.waitForStatus(await stage.startRecovery("no-backup", request), "FAILED");

  expect(cause).toContain('Field \\"evidence.backup\\" is \\"nightly\\", which is no backup of table');
});
