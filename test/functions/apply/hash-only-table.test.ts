import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Item } from "../../../functions/items/item.ts";
import { encodeItem } from "../../../functions/items/item-json.ts";
import { keepKeyPart } from "../../../functions/key-sources/key-part.ts";
import { RECOVERY_ID, StepsWorld } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start({ keySchema: { attributes: [{ name: "n", type: "N", role: "HASH" }] } }, [["n", "N"]]);
});
afterEach(() => world.close());

/** As somebody may have written the numbers: DynamoDB gives them back in its own way. */
const KEYS = ["1.50", "12345678901234567890123456789012345678", "-0.001"];
const item = (n: string, total: number): Item => ({ n: { N: n }, total: { N: String(total) } });

test("a table with a number for its only key is planned, repaired and verified like any other", async () => {
  await world.pocket.seed(
    "backstitch-r-1-before",
    KEYS.map((n) => item(n, 1)),
  );
  await world.pocket.seed("backstitch-r-1-after", [item("1.5", 9), item(KEYS[1] ?? "", 9), item("7", 1)]);
  await world.pocket.seed("orders", [item("1.5", 9), item(KEYS[1] ?? "", 9), item("7", 1)]);
  const keys = [...KEYS, "7"].map((n) => encodeItem({ n: { N: n } }));
  await keepKeyPart(RECOVERY_ID, "00001", { keys }, world.deps);
  await world.deps.recoveries.put(RECOVERY_ID, "keys", { parts: 1 });

  const { trial, summary } = await world.repair(await world.approved());

  expect(trial).toEqual({ asPlanned: true });
  expect(summary).toEqual({ asPlanned: true, written: 3, conflicts: 0 });
  for (const n of KEYS) {
    const { Item } = await world.client.send(new GetItemCommand({ TableName: "orders", Key: { n: { N: n } } }));
    expect(Item?.total).toEqual({ N: "1" });
  }
});
