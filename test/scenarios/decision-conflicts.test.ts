/** Good writes to what the bug changed: each rule for conflicts does what it says, and `fail` asks. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { keyText } from "../../local/demo/orders.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { answer, approveWith } from "./support/answers.ts";
import { asText, haveIncident, MARKER, NOTHING_WRONG, type OrdersIncident, order } from "./support/incident.ts";
import { abandon, type GuardedWorld, guardedWorld, message, reconfigure, recover } from "./support/operator.ts";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["skip", "overwrite", "continue", "lift", "stop"], undecidable: 2 });
  worldBefore = await guardedWorld(stage);
});

afterAll(() => stage?.close());

/** One of the two orders whose total was changed by the bug and by somebody since. */
const disputed = async (tenant: string) => (await stage.tableContent()).get(keyText(order(tenant, 17)));
const LEFT_ALONE = { total: { N: "12.5" }, memo: { S: `${MARKER} after` } };
const leftOf = async (recoveryId: string) => (await stage.readReport<Report>(recoveryId)).repairs.left;

describe("an attribute that the bug changed and somebody since", () => {
  test("skip: leaves the whole item to a person", async () => {
    await recover(stage, "skip", incident.requestFor("skip", { conflicts: "skip" }));

    expect(await disputed("skip")).toMatchObject(LEFT_ALONE);
    expect(await leftOf("skip")).toHaveLength(2);
    expect(await incident.wrongIn("skip")).toEqual(NOTHING_WRONG);
  });

  test("overwrite: takes the good write back too, as it was told", async () => {
    const bystander = await disputed("continue");
    await recover(stage, "overwrite", incident.requestFor("overwrite", { conflicts: "overwrite" }));

    expect((await disputed("overwrite"))?.total?.N).not.toBe("12.5");
    expect(await disputed("overwrite")).toMatchObject({ memo: { S: `${MARKER} before` } });
    expect(await leftOf("overwrite")).toEqual([]);
    expect(await disputed("continue")).toEqual(bystander);
  });
});

describe('"conflicts": "fail" asks before anything is approved, and', () => {
  const start = (tenant: string) => stage.startRecovery(tenant, incident.requestFor(tenant, { conflicts: "fail" }));

  test("continue: goes on to the approval, and leaves the conflicts to a person", async () => {
    const executionArn = await start("continue");
    const asked = await answer(stage, executionArn, { answer: "continue" });
    expect((await message(stage, "continue", /waits for a decision/)).message).toContain('"conflicts": "fail"');
    await approveWith(stage, executionArn, {}, asked);
    await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(await disputed("continue")).toMatchObject(LEFT_ALONE);
    expect(await leftOf("continue")).toHaveLength(2);
    const { decisions } = await stage.readReport<Report>("continue");
    expect(decisions).toMatchObject([{ answer: "continue", about: "plan", by: "on-call" }]);
  });

  test("lift: thaws the table and ends Rejected, with nothing written", async () => {
    const before = asText(await stage.tableContent());
    const executionArn = await start("lift");
    await answer(stage, executionArn, { answer: "lift" });
    const { output } = await stage.waitForStatus(executionArn, "SUCCEEDED");

    expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Rejected" });
    expect(asText(await stage.tableContent())).toBe(before);
    expect(await guardedWorld(stage)).toEqual(worldBefore);
  });

  test("stop: leaves the table frozen, red, with nothing written", async () => {
    const before = asText(await stage.tableContent());
    const executionArn = await start("stop");
    await answer(stage, executionArn, { answer: "stop" });
    const { error } = await stage.waitForStatus(executionArn, "FAILED");

    expect(error).toBe("RecoveryStopped");
    expect(asText(await stage.tableContent())).toBe(before);
    expect(await guardedWorld(stage)).not.toEqual(worldBefore);
    await abandon(stage, "stop");
  });
});
