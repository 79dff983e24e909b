/** Two recoveries of one table: the first one has it to its end. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { asText, DAMAGED_A_TENANT, haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import { approve, guardedWorld, question, readPlan, reconfigure, record, recover } from "./support/operator.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["a", "b", "c", "d"] });
});

afterAll(() => stage?.close());

describe("two recoveries of one table", () => {
  test("the second is refused in Preflight with the first one's id, and a third may begin when the first has ended", async () => {
    const first = await stage.startRecovery("the-first", incident.requestFor("a"));
    await question(stage, first);
    const [world, content] = [await guardedWorld(stage), asText(await stage.tableContent())];
    const frozen = await record<ReadOnlyRecord>(stage, "the-first", "read-only");

    const second = await stage.startRecovery("the-second", incident.requestFor("b"));
    const { error, cause } = await stage.waitForStatus(second, "FAILED");
    expect(error).toBe("TableLocked");
    expect(cause).toContain('Table \\"orders\\" is being recovered by \\"the-first\\"');
    expect(cause).toContain("Nothing was changed");
    expect(await stage.stateNames(second)).toEqual(["Preflight"]);
    expect(await guardedWorld(stage)).toEqual(world);
    expect(asText(await stage.tableContent())).toBe(content);
    expect(await record(stage, "the-first", "read-only")).toEqual(frozen);
    expect(await record(stage, "the-second", "recovery")).toBeUndefined();
    expect(await record(stage, "lock", "orders")).toMatchObject({ recoveryId: "the-first" });

    await approve(stage, first);
    await stage.waitForStatus(first, "SUCCEEDED");
    expect(await record(stage, "lock", "orders")).toBeUndefined();
    await recover(stage, "the-third", incident.requestFor("b"));
    expect(await incident.wrongIn("a")).toEqual(NOTHING_WRONG);
    expect(await incident.wrongIn("b")).toEqual(NOTHING_WRONG);
  });

  test("a plan alone may be made beside a recovery that holds the table, and leaves its freeze alone", async () => {
    const repairing = await stage.startRecovery("repairs", incident.requestFor("c"));
    await question(stage, repairing);
    const world = await guardedWorld(stage);
    const planning = await stage.startRecovery("only-plans", incident.requestFor("d", { mode: "plan" }));
    const { output } = await stage.waitForStatus(planning, "SUCCEEDED");
    expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Planned" });
    expect((await readPlan(stage, "only-plans")).writes).toBe(DAMAGED_A_TENANT);
    expect(await guardedWorld(stage)).toEqual(world);
    expect(await record(stage, "lock", "orders")).toMatchObject({ recoveryId: "repairs" });

    await approve(stage, repairing);
    await stage.waitForStatus(repairing, "SUCCEEDED");
    expect(await incident.wrongIn("c")).toEqual(NOTHING_WRONG);
    expect((await incident.wrongIn("d")).damagedLeft).toHaveLength(DAMAGED_A_TENANT);
  });
});
