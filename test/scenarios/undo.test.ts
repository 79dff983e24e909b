/** A recovery that was a mistake: everything it wrote is taken back, and that is taken back in turn. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DeployedPocketAws, type Item, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { WITHOUT_VERSION } from "./support/answers.ts";
import { haveIncident } from "./support/incident.ts";
import { guardedWorld, reconfigure, recover, restoredTables } from "./support/operator.ts";

let stage: DeployedPocketAws;
let damaged: Map<string, Item>;
let repaired: Map<string, Item>;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  // Without a version to count up, an undo gives back the very bytes.
  await reconfigure(stage, { flagCacheSeconds: 0.2, ...WITHOUT_VERSION });
  const incident = await haveIncident(stage, { tenants: ["acme"] });
  damaged = await stage.tableContent();
  await recover(stage, "night-1", incident.requestFor("acme", { evidence: "restore" }));
  repaired = await stage.tableContent();
});

afterAll(() => stage?.close());

test("an undo gives back every item that the recovery wrote, to the byte, and leaves no guard", async () => {
  expect(repaired).not.toEqual(damaged);
  const world = await guardedWorld(stage);

  const { output } = await recover(stage, "undo-1", { undo: "night-1", reason: "the damage was none" });

  expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
  expect(await stage.tableContent()).toEqual(damaged);
  expect(await guardedWorld(stage)).toEqual(world);
  expect(await restoredTables(stage)).toEqual([]);
});

test("an undo of the undo gives back what the recovery had made", async () => {
  const { output } = await recover(stage, "undo-2", { undo: "undo-1", table: "orders" });

  expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
  expect(await stage.tableContent()).toEqual(repaired);
});
