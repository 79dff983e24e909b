import { DeleteItemCommand, ScanCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Item } from "../../../functions/items/item.ts";
import { canonicalKey, keyOf } from "../../../functions/items/key.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import { configured, RecoverySteps } from "../support/recovery-steps.ts";
import { itemAt, keyAt, named, RECOVERY_ID, StepsWorld, type Story } from "../support/steps-world.ts";

let world: StepsWorld;
let deps: Dependencies;
let recovery: RecoverySteps;

beforeEach(async () => {
  world = await StepsWorld.start();
  deps = configured(world);
  recovery = new RecoverySteps(RECOVERY_ID, deps);
  const table = await world.pocket.describe("orders");
  const { request, table: descriptor } = await world.recovery();
  await world.changeRecovery({
    tableId: table?.TableId ?? "",
    tableArn: table?.TableArn ?? "",
    table: { ...descriptor, flagParameter: "/flag" },
    guards: ["ssm-flag"],
    request: { ...request, created: "delete" },
  });
});
afterEach(() => world.close());

/** Values that are easily lost on the way through JSON. */
const DELICATE: Item = {
  number: { N: "12345678901234567890123456789012345678" },
  tiny: { N: "0.00000000000000000000000000000000000001" },
  binary: { B: Uint8Array.from([0, 255, 128, 10, 9]) },
  texts: { SS: ["b", "a"] },
  numbers: { NS: ["1.5", "-3"] },
  binaries: { BS: [Uint8Array.from([1]), Uint8Array.from([2, 0])] },
  empty: { S: "" },
  tab: { S: "a\tb\nc" },
  map: { M: { inner: { L: [{ NULL: true }, { BOOL: false }, { M: {} }] } } },
};

const UPDATED: Story = { before: { total: 1 }, live: { total: 9 } };
const DELETED: Story = { before: { total: 1 }, live: null };
const CREATED: Story = { before: null, live: { total: 3 } };

/** Items 1 to 3 were updated by the incident, 4 deleted, 5 created; the first four hold delicate values. */
async function incident(): Promise<void> {
  await world.happened([UPDATED, UPDATED, UPDATED, DELETED, CREATED]);
  const good = (n: number): Item => ({ ...DELICATE, ...itemAt(n, { total: 1 }) });
  const bad = (n: number): Item => ({
    ...itemAt(n, { total: 9 }),
    ...DELICATE,
    texts: { SS: ["b", "ä"] },
    map: { M: {} },
  });
  await world.pocket.seed("backstitch-r-1-before", [1, 2, 3, 4].map(good));
  for (const table of ["backstitch-r-1-after", "orders"]) await world.pocket.seed(table, [1, 2, 3].map(bad));
}

async function repaired(): Promise<void> {
  await recovery.freeze();
  const { planHash } = await recovery.plan();
  await recovery.repair(await recovery.approve(planHash));
  await recovery.end();
}

const undo = (id: string, of = RECOVERY_ID) => RecoverySteps.begin(id, { undo: of }, deps);

/** All items, by key, as the service answers them. */
async function content(): Promise<Map<string, Item>> {
  const { keySchema } = await world.recovery();
  const { Items = [] } = await world.client.send(new ScanCommand({ TableName: "orders", ConsistentRead: true }));
  return new Map(Items.map((item) => [canonicalKey(keyOf(item, keySchema), keySchema), item]));
}

function write(sortKey: number, attribute: string): Promise<unknown> {
  return world.client.send(
    new UpdateItemCommand({
      TableName: "orders",
      Key: keyAt(sortKey),
      UpdateExpression: "SET #a = :v",
      ExpressionAttributeNames: { "#a": attribute },
      ExpressionAttributeValues: { ":v": { S: "later" } },
    }),
  );
}

describe("an undo", () => {
  test("gives back every item that the recovery touched, to the byte", async () => {
    await incident();
    const damaged = await content();
    await repaired();
    expect((await content()).size).toBe(4);

    const summary = await (await undo("undo-1")).run();

    expect(summary).toEqual({ asPlanned: true, written: 5, conflicts: 0 });
    expect(await content()).toEqual(damaged);
  });

  test("is taken back by another undo", async () => {
    await incident();
    await repaired();
    const good = await content();
    await (await undo("undo-1")).run();

    const summary = await (await undo("undo-2", "undo-1")).run();

    expect(summary).toEqual({ asPlanned: true, written: 5, conflicts: 0 });
    expect(await content()).toEqual(good);
  });

  test("keeps what was changed after the recovery, and lists it", async () => {
    await incident();
    await repaired();
    await write(1, "total");
    await world.client.send(new DeleteItemCommand({ TableName: "orders", Key: keyAt(4) }));
    const taken = await undo("undo-1");
    await taken.freeze();
    await taken.collect();

    const { writes, conflicts } = await taken.plan();

    expect({ writes, conflicts }).toEqual({ writes: 3, conflicts: 1 });
    const [first] = (await taken.entries()).filter(({ repair }) => repair.action === "conflict");
    expect(first?.key).toEqual(keyAt(1));
  });

  test("of a recovery that was killed between a write and its record does not take the write for ours", async () => {
    await world.happened([UPDATED, UPDATED]);
    await recovery.freeze();
    const { planHash } = await recovery.plan();
    const approval = await recovery.approve(planHash);
    // The trial writes one of the two; the other's outcome is lost with the function.
    world.beforeS3 = (command) => {
      const { Key = "" } = (command as { input: { Key?: string } }).input;
      if (command.constructor.name === "PutObjectCommand" && Key.includes("/apply/00001-0/")) throw named("SlowDown");
    };
    await expect(recovery.repair(approval)).rejects.toThrow("SlowDown");
    world.beforeS3 = () => {};
    await recovery.end("Stopped");
    world.pocket.passSeconds(600);
    const taken = await undo("undo-1");
    await taken.collect();

    await taken.plan();

    const entries = await taken.entries();
    expect(entries.filter(({ images }) => images.maybeNotOurs)).toHaveLength(1);
    expect(entries.filter(({ images }) => !images.maybeNotOurs)).toHaveLength(1);
  });
});

describe("a recovery that can't be taken back", () => {
  const refused = (request: object, id = "undo-1") => RecoverySteps.begin(id, request, deps);

  test.each([
    [{ undo: "nobody" }, /"undo" is "nobody", which is no earlier recovery/],
    [{ undo: RECOVERY_ID, table: "carts" }, /"table" is "carts", but "undo" names a recovery of table "orders"/],
    [{ undo: RECOVERY_ID, badSince: "45m ago" }, /"badSince" is "45m ago", but a request with "undo" takes/],
    [{ undo: RECOVERY_ID, plan: "p" }, /both given: leave one out/],
    [{ undo: "a b" }, /"undo" is "a b": write the name of an earlier recovery/],
    [{ undo: RECOVERY_ID, conccurency: 3 }, /did you mean "concurrency"/],
  ])("%j is refused with the remedy", async (request, message) => {
    await recovery.end();

    await expect(refused(request)).rejects.toThrow(message);
  });

  test("while it is under way", async () => {
    await expect(refused({ undo: RECOVERY_ID })).rejects.toThrow(/that is under way: wait until it has ended/);
  });

  test("while it is failed and holds its table: it may be redriven", async () => {
    await deps.recoveries.put(RECOVERY_ID, "ended", { status: "FAILED" });

    await expect(refused({ undo: RECOVERY_ID })).rejects.toThrow(
      /still holds table "orders": give it up first \(aws.*abandon/,
    );
  });

  test("where it wrote nothing", async () => {
    await recovery.end();

    await expect(refused({ undo: RECOVERY_ID })).rejects.toThrow(/that wrote nothing to table "orders"/);
  });

  test("where the table was made anew since", async () => {
    await incident();
    await repaired();
    await world.changeRecovery({ tableId: "another" });

    await expect(refused({ undo: RECOVERY_ID })).rejects.toThrow(/it was deleted and created anew since/);
  });
});
