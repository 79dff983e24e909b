/** Nobody knows the keys: both restored tables are compared, and the approver picks what of the difference is damage. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KeysRecord } from "../../functions/key-sources/key-parts.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import {
  asText,
  DAMAGED_A_TENANT,
  haveIncident,
  itemsOfOthers,
  NOTHING_WRONG,
  type OrdersIncident,
} from "./support/incident.ts";
import { reconfigure, record, restoredTables } from "./support/operator.ts";

const GROUPS = [
  { kind: "updated", attributes: ["currency", "memo", "total"] },
  { kind: "deleted", attributes: [] },
  { kind: "created", attributes: [] },
];

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["acme", "globex", "initech"] });
});

afterAll(() => stage?.close());

/** Table and times, and nothing else. */
const barely = (changes: object = {}) => incident.requestFor("", { keys: undefined, created: undefined, ...changes });

async function recoverGroups(recoveryId: string, request: object): Promise<string[]> {
  const executionArn = await stage.startRecovery(recoveryId, request);
  await approveWith(stage, executionArn, { groups: GROUPS });
  const { output } = await stage.waitForStatus(executionArn, "SUCCEEDED");
  expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
  return stage.stateNames(executionArn);
}

test("one tenant is taken back alone, and every other item stays as it is to the byte", async () => {
  const before = itemsOfOthers(await stage.tableContent(), "acme");

  await recoverGroups("acme-1", barely({ evidence: "restore", tenants: ["acme"] }));

  expect(await incident.wrongIn("acme")).toEqual(NOTHING_WRONG);
  expect(asText(itemsOfOthers(await stage.tableContent(), "acme"))).toBe(asText(before));
  expect(await record<KeysRecord>(stage, "acme-1", "keys")).toMatchObject({
    source: "compare",
    keys: DAMAGED_A_TENANT,
    outsideTenants: 2 * DAMAGED_A_TENANT,
  });
});

test("the whole table is taken back where the request names table and times alone, and what was right stays", async () => {
  const states = await recoverGroups("all-1", barely());

  expect(states).toContain("CompareTables");
  for (const tenant of ["acme", "globex", "initech"])
    expect(await incident.wrongIn(tenant), tenant).toEqual(NOTHING_WRONG);
  expect(incident.truth.judge(await stage.tableContent())).toMatchObject(NOTHING_WRONG);
  expect(await restoredTables(stage)).toEqual([]);
  // The second comparison is of the same two moments, so what is recovered already is found again and left alone.
  expect(await record<KeysRecord>(stage, "all-1", "keys")).toMatchObject({ keys: 3 * DAMAGED_A_TENANT, duplicates: 0 });
});

test("a comparison that is asked for goes together with no export", async () => {
  const { cause } = await stage.waitForStatus(
    await stage.startRecovery("export-1", barely({ evidence: "export", keysFrom: { compare: {} } })),
    "FAILED",
  );

  expect(cause).toContain("compares restored tables");
});
