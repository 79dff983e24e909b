import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Recoveries } from "../../../functions/runtime/recoveries.ts";
import { RecoveryWorld } from "../evidence/recovery-world.ts";

let world: RecoveryWorld;
let recoveries: Recoveries;
beforeEach(async () => {
  world = await RecoveryWorld.start();
  // Through the world's hooks, so that a test may act between two requests.
  recoveries = new Recoveries(world.deps.aws.dynamodb, "recoveries");
});
afterEach(() => world.close());

/** A store whose requests pass through `send`, which stands for whatever happens to them on their way. */
function storeThrough(send: (command: Parameters<DynamoDBClient["send"]>[0]) => Promise<unknown>): Recoveries {
  return new Recoveries({ send } as unknown as DynamoDBClient, "recoveries");
}

const lock = (recoveryId: string) => ({ recoveryId, executionArn: `arn:${recoveryId}`, acquiredAt: "2026-11-20" });

describe("records", () => {
  test("are read as they were written, and a first writer keeps what he wrote", async () => {
    expect(await recoveries.get("a", "note")).toBeUndefined();
    expect(await recoveries.putOnce("a", "note", { text: "first" })).toBe(true);
    expect(await recoveries.putOnce("a", "note", { text: "second" })).toBe(false);
    expect(await recoveries.get("a", "note")).toEqual({ text: "first" });
  });

  test("that many change at once lose no change", async () => {
    await Promise.all(
      Array.from({ length: 8 }, () => recoveries.update<number>("a", "count", (before = 0) => before + 1)),
    );

    expect(await recoveries.get("a", "count")).toBe(8);
  });

  test("are not changed on top of a write that came in between, also one that put the whole record", async () => {
    await recoveries.put("a", "note", { from: "setup" });
    const meanwhile = new Recoveries(world.dynamodb, "recoveries");
    let once = true;
    const interfering = storeThrough(async (command) => {
      if (command instanceof PutItemCommand && once) {
        once = false;
        await meanwhile.put("a", "note", { from: "other" });
      }
      return world.dynamodb.send(command);
    });
    await interfering.update<{ from: string; over?: string }>("a", "note", (before) => ({
      from: "me",
      ...(before ? { over: before.from } : {}),
    }));

    expect(await recoveries.get("a", "note")).toEqual({ from: "me", over: "other" });
  });

  test("a write whose answer was lost, and that the client sends again, is known for its own", async () => {
    let lost = false;
    const forgetful = storeThrough(async (command) => {
      const answer = await world.dynamodb.send(command);
      if (!(command instanceof PutItemCommand) || lost) return answer;
      lost = true;
      return world.dynamodb.send(command);
    });

    expect(await forgetful.putOnce("a", "note", "mine")).toBe(true);
    expect(lost).toBe(true);
  });

  test("are listed by prefix, in order, and none of another recovery", async () => {
    for (const name of ["plan#0002", "plan#0001", "planet", "status"]) await recoveries.put("a", name, name);
    await recoveries.put("b", "plan#0003", "other");

    const found: string[] = [];
    for await (const { record, document } of recoveries.list<string>("a", "plan#")) found.push(`${record}=${document}`);

    expect(found).toEqual(["plan#0001=plan#0001", "plan#0002=plan#0002"]);
  });

  test("a recovery that nobody started is named", async () => {
    await expect(recoveries.load("nobody")).rejects.toMatchObject({
      name: "UnknownRecovery",
      message: expect.stringContaining('"nobody"'),
    });
  });

  test("the status keeps what a change leaves out", async () => {
    await recoveries.setStatus("a", new Date("2026-11-20T03:00:00Z"), { state: "started", table: "orders" });
    await recoveries.setStatus("a", new Date("2026-11-20T03:01:00Z"), { state: "planned" });

    expect(await recoveries.get("a", "status")).toEqual({
      state: "planned",
      table: "orders",
      startedAt: "2026-11-20T03:00:00.000Z",
      updatedAt: "2026-11-20T03:01:00.000Z",
    });
  });
});

describe("the lock of a table", () => {
  test("is held by one recovery, which may take it twice; the other is told by whom", async () => {
    await recoveries.acquireLock("orders", lock("first"));
    await recoveries.acquireLock("orders", lock("first"));

    await expect(recoveries.acquireLock("orders", lock("second"))).rejects.toMatchObject({
      name: "TableLocked",
      message: expect.stringContaining('"first"'),
    });
    await recoveries.acquireLock("customers", lock("second"));
  });

  test("of many that ask at once one gets it", async () => {
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => recoveries.acquireLock("orders", lock(`r-${index}`))),
    );

    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("must be held for writing, and is asked for each time", async () => {
    await expect(recoveries.assertLock("orders", "first")).rejects.toMatchObject({ name: "LockLost" });
    await recoveries.acquireLock("orders", lock("first"));
    await recoveries.assertLock("orders", "first");
    await expect(recoveries.assertLock("orders", "second")).rejects.toMatchObject({
      name: "LockLost",
      message: expect.stringContaining('"first" does'),
    });
  });

  test("is given back by its holder alone, and twice is no error", async () => {
    await recoveries.acquireLock("orders", lock("first"));
    await recoveries.releaseLock("orders", "second");
    await recoveries.assertLock("orders", "first");

    await recoveries.releaseLock("orders", "first");
    await recoveries.releaseLock("orders", "first");

    await recoveries.acquireLock("orders", lock("second"));
  });

  test("that was given back and taken by another one meanwhile stays the other's", async () => {
    await recoveries.acquireLock("orders", lock("first"));
    const others = new Recoveries(world.dynamodb, "recoveries");
    const late = storeThrough(async (command) => {
      if (command instanceof DeleteItemCommand) {
        await others.releaseLock("orders", "first");
        await others.acquireLock("orders", lock("second"));
      }
      return world.dynamodb.send(command);
    });

    await late.releaseLock("orders", "first");

    await recoveries.assertLock("orders", "second");
  });
});
