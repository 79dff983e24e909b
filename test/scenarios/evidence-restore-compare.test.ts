/** Nobody knows the keys: both restored tables are compared, and the approver picks what of the difference is damage. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KeysRecord } from "../../functions/key-sources/key-parts.ts";
import { Recoveries } from "../../functions/runtime/recoveries.ts";
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
import { message, question, readPlan, reconfigure, record, restoredTables } from "./support/operator.ts";
import { takeAway } from "./support/permissions.ts";

const BUG = ["currency", "memo", "total"];
const GROUPS = [
  { kind: "updated", attributes: BUG },
  { kind: "deleted", attributes: [] },
  { kind: "created", attributes: [] },
];
const TENANTS = ["divided", "live", "redriven", "rest"];

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: TENANTS });
});

afterAll(() => stage?.close());

/** Table and times, and nothing else. */
const barely = (changes: object = {}) => incident.requestFor("", { keys: undefined, created: undefined, ...changes });

async function approveGroups(executionArn: string, groups: readonly object[] = GROUPS): Promise<string[]> {
  await approveWith(stage, executionArn, { groups });
  const { output } = await stage.waitForStatus(executionArn, "SUCCEEDED");
  expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
  return stage.stateNames(executionArn);
}

test("one tenant is taken back, whatever segments and slices the comparison has, and nothing else is touched", async () => {
  const before = itemsOfOthers(await stage.tableContent(), "divided");
  // As of a table of more than a gigabyte, one segment of which takes more than a slice.
  const recoveries = new Recoveries(stage.dynamodb, stage.outputs.RecoveriesTableName ?? "");
  await recoveries.put("divided-1", "compare-segments", { segments: 5 });
  const slice = { status: "running", resumeAt: { pass: "before" }, kept: 0, outsideTenants: 0, keptSoFar: 0 };
  await recoveries.put("divided-1", "keys-compare#00003#000000", slice);

  await approveGroups(
    await stage.startRecovery("divided-1", barely({ evidence: "restore", tenants: ["divided"], concurrency: 2 })),
  );

  expect(await incident.wrongIn("divided")).toEqual(NOTHING_WRONG);
  expect(asText(itemsOfOthers(await stage.tableContent(), "divided"))).toBe(asText(before));
  expect(await record<KeysRecord>(stage, "divided-1", "keys")).toMatchObject({
    source: "compare",
    keys: DAMAGED_A_TENANT,
    duplicates: 0,
    outsideTenants: (TENANTS.length - 1) * DAMAGED_A_TENANT,
  });
});

test("where nobody knows when the incident ended, the live table is compared and good writes are kept", async () => {
  const executionArn = await stage.startRecovery(
    "live-1",
    barely({ incidentEnd: undefined, keysFrom: { compare: {} }, tenants: ["live"] }),
  );
  await question(stage, executionArn);
  const { counts } = await readPlan(stage, "live-1");
  const groups = counts.groups.flatMap(({ kind, attributes }): object[] => {
    if (kind !== "updated") return [{ kind, attributes }];
    return BUG.every((name) => attributes.includes(name)) ? [{ kind, attributes, revert: BUG }] : [];
  });

  await approveGroups(executionArn, groups);

  expect(await incident.wrongIn("live")).toEqual(NOTHING_WRONG);
});

test("a comparison that fails is told, and redriven where it failed", async () => {
  const giveBack = await takeAway(stage, "backstitch-compare-segment", "dynamodb:Scan");
  const executionArn = await stage.startRecovery("redriven-1", barely({ tenants: ["redriven"] }));
  await stage.waitForStatus(executionArn, "FAILED");
  expect((await stage.stateNames(executionArn)).at(-1)).toBe("CompareTables");
  expect((await message(stage, "redriven-1", /failed/)).message).toMatch(/CompareSegment: AccessDenied.*dynamodb:Scan/);

  await giveBack();
  await stage.redrive(executionArn);
  await approveGroups(executionArn);

  expect(await incident.wrongIn("redriven")).toEqual(NOTHING_WRONG);
});

test("the rest of the table is taken back where the request names table and times alone", async () => {
  const states = await approveGroups(await stage.startRecovery("rest-1", barely()));

  expect(states).toContain("CompareTables");
  for (const tenant of TENANTS) expect(await incident.wrongIn(tenant), tenant).toEqual(NOTHING_WRONG);
  expect(incident.truth.judge(await stage.tableContent())).toMatchObject(NOTHING_WRONG);
  expect(await restoredTables(stage)).toEqual([]);
  // It compares the same two moments again, so what is recovered already is found again, and left alone.
  expect(await record<KeysRecord>(stage, "rest-1", "keys")).toMatchObject({ keys: TENANTS.length * DAMAGED_A_TENANT });
});
