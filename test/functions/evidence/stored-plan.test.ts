import { GetObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { evidenceOf } from "../../../functions/evidence/evidence.ts";
import { plannedImages } from "../../../functions/evidence/planned-images.ts";
import type { Item } from "../../../functions/items/item.ts";
import { canonicalKey } from "../../../functions/items/key.ts";
import { evidenceOfEarlier } from "../../../functions/request/earlier-evidence.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import {
  DELETED,
  GHOST,
  itemAt,
  keyAt,
  RECOVERY_ID,
  StepsWorld,
  type Story,
  WRONG_TOTAL,
} from "../support/steps-world.ts";

const IN_CONFLICT: Story = { before: { total: 1 }, after: { total: 9 }, live: { total: 5 } };
const UNTOUCHED: Story = { before: { total: 1 }, live: { total: 1 } };

let world: StepsWorld;
let earlier: Recovery;
beforeEach(async () => {
  world = await StepsWorld.start();
  await world.happened([IN_CONFLICT, GHOST, WRONG_TOTAL, DELETED, UNTOUCHED], 1);
  await world.plan();
  earlier = await world.recovery();
});
afterEach(() => world.close());

const imagesOf = (...keys: Item[]) => plannedImages(RECOVERY_ID, keys, earlier.keySchema, world.deps);
const decide = (...sortKeys: number[]) =>
  evidenceOfEarlier(
    { earlier, owner: RECOVERY_ID },
    sortKeys.map((sk) => ({ key: { pk: "TENANT#acme", sk }, decision: "revert" as const })),
    world.deps,
  );

describe("what a plan holds", () => {
  test("are the images that it was made from, but not what the table held then", async () => {
    const images = await imagesOf(keyAt(1), keyAt(2), keyAt(4));

    expect(images.get(canonicalKey(keyAt(1), earlier.keySchema))).toEqual({
      key: keyAt(1),
      before: itemAt(1, { total: 1 }),
      after: itemAt(1, { total: 9 }),
    });
    expect(images.get(canonicalKey(keyAt(2), earlier.keySchema))?.before).toBeNull();
    expect(images.get(canonicalKey(keyAt(4), earlier.keySchema))?.after).toBeNull();
  });

  test("is read only where the keys may be", async () => {
    let read = 0;
    world.beforeS3 = (command) => {
      if (command instanceof GetObjectCommand) read += 1;
    };

    expect((await imagesOf(keyAt(3))).size).toBe(1);
    expect(read).toBe(1);
  });

  test("is nothing of items that it had nothing to decide about, and of a recovery without a plan", async () => {
    expect((await imagesOf(keyAt(5), keyAt(99))).size).toBe(0);
    expect((await plannedImages("never-was", [keyAt(1)], earlier.keySchema, world.deps)).size).toBe(0);
  });
});

describe("a follow-up", () => {
  test("decides from the earlier plan, in the order of its keys, though tables and exports are gone", async () => {
    const evidence = await decide(2, 1);
    expect(evidence).toMatchObject({ evidence: "plan", evidenceFrom: RECOVERY_ID });

    const followUp = { ...earlier, ...evidence, recoveryId: "r-2" };
    const found: Item[] = [];
    const { readImages } = evidenceOf(followUp);
    for await (const { key } of readImages?.(followUp, [keyAt(2), keyAt(1)], world.deps) ?? []) found.push(key);
    expect(found).toEqual([keyAt(2), keyAt(1)]);
  });

  test("of an item that the plan does not hold reads what that plan was made from", async () => {
    expect(await decide(1, 5)).toMatchObject({ evidence: "restore", evidenceFrom: RECOVERY_ID });
  });

  test("of an undo's items that it does not hold is refused, since journals are of no other item", async () => {
    earlier = { ...earlier, evidence: "journal" };

    expect(await decide(1)).toMatchObject({ evidence: "plan" });
    await expect(decide(1, 5)).rejects.toMatchObject({
      name: "InvalidRequest",
      message: expect.stringContaining('"decisions.1.key"'),
    });
  });
});
