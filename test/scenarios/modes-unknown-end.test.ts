/** Nobody knows when the incident ended: there are two images, and they can't tell the bug's changes from later good ones. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { keyText } from "../../local/demo/orders.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { ghosts, haveIncident, idOf, type OrdersIncident, order } from "./support/incident.ts";
import { question, readPlan, reconfigure } from "./support/operator.ts";

const BUG = ["currency", "memo", "total"];
/** Orders whose note somebody wrote after the incident: two that the bug had damaged, two that it had not. */
const TOUCHED = [0, 4, 25, 26];

let stage: DeployedPocketAws;
let incident: OrdersIncident;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["accepted", "grouped", "named"] });
});

afterAll(() => stage?.close());

const start = (tenant: string, changes: object = {}) =>
  stage.startRecovery(tenant, incident.requestFor(tenant, { incidentEnd: undefined, ...changes }));
const outcomeOf = async (executionArn: string) =>
  JSON.parse((await stage.waitForStatus(executionArn, "SUCCEEDED")).output ?? "{}").outcome;
const note = async (tenant: string, index: number) =>
  (await stage.tableContent()).get(keyText(order(tenant, index)))?.note;

describe("a plan of two images", () => {
  test("is marked, counts what it would revert by attribute, and is not approved as it stands", async () => {
    const executionArn = await start("accepted");
    await question(stage, executionArn);
    const plan = await readPlan(stage, "accepted");
    expect(plan).toMatchObject({ twoWay: true, counts: { twoWayAttributes: { currency: 18, memo: 18, total: 18 } } });
    await expect(approveWith(stage, executionArn, {})).rejects.toThrow(/two-way/);

    // Whoever accepts it is told by its name what may be lost, and it is.
    await approveWith(stage, executionArn, { accept: "may-lose-good-writes" });
    expect(await outcomeOf(executionArn)).toBe("Recovered");
    const { goodWritesLost } = await incident.wrongIn("accepted");
    expect(goodWritesLost).toEqual(TOUCHED.map((index) => `${idOf(order("accepted", index))} note`));
    const content = await stage.tableContent();
    for (const ghost of ghosts("accepted")) expect(content.has(keyText(ghost))).toBe(false);
  });

  test("approved by groups reverts these, and loses nothing of what was written to other attributes", async () => {
    const executionArn = await start("grouped");
    await question(stage, executionArn);
    const { counts } = await readPlan(stage, "grouped");
    const groups = counts.groups.flatMap(({ kind, attributes }): object[] => {
      if (kind !== "updated") return [{ kind, attributes }];
      return BUG.every((name) => attributes.includes(name)) ? [{ kind, attributes, revert: BUG }] : [];
    });
    await approveWith(stage, executionArn, { groups });

    expect(await outcomeOf(executionArn)).toBe("Recovered");
    expect(await incident.wrongIn("grouped")).toEqual({ damagedLeft: [], goodWritesLost: [] });
    expect(await note("grouped", 0)).toEqual({ S: "customer called" });
  });

  test("with attributes.only needs no accept for these, and leaves whole items to a person", async () => {
    const executionArn = await start("named", { attributes: { only: BUG } });
    await question(stage, executionArn);
    expect(await readPlan(stage, "named")).toMatchObject({ twoWay: false, writes: 18 });
    await approveWith(stage, executionArn, {});

    expect(await outcomeOf(executionArn)).toBe("Recovered");
    expect(await note("named", 0)).toEqual({ S: "customer called" });
    const { repairs } = await stage.readReport<Report>("named");
    expect(repairs.left.map(({ reason }) => reason)).toEqual(Array(5).fill("conflict: unselected"));
    expect(repairs.createdCount).toBe(3);
    const { damagedLeft, goodWritesLost } = await incident.wrongIn("named");
    expect(damagedLeft).toHaveLength(8);
    expect(goodWritesLost).toEqual([]);
  });
});
