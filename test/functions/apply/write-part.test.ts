import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Approval } from "../../../functions/answers/records.ts";
import { approvedEntries } from "../../../functions/apply/approved-entries.ts";
import { readOutcomes } from "../../../functions/apply/outcomes.ts";
import { writePart } from "../../../functions/apply/write-part.ts";
import { DELETED, GHOST, idAt, itemAt, named, RECOVERY_ID, StepsWorld, WRONG_TOTAL } from "../support/steps-world.ts";

const PART = "00001-0";
const KINDS = [
  { kind: "updated", attributes: ["total"] },
  { kind: "deleted", attributes: [] },
  { kind: "created", attributes: [] },
] as const;

let world: StepsWorld;
let approval: Approval;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

async function planned(...stories: Parameters<StepsWorld["happened"]>[0]) {
  await world.happened(stories);
  approval = await world.approved({ groups: KINDS.filter(({ kind }) => kinds(stories).has(kind)).map(copy) });
}
const copy = ({ kind, attributes }: (typeof KINDS)[number]) => ({ kind, attributes: [...attributes] });
const kinds = (stories: Parameters<StepsWorld["happened"]>[0]) =>
  new Set(stories.map(({ before, live }) => (before === null ? "created" : live === null ? "deleted" : "updated")));

async function write(freezeProven = true): Promise<void> {
  const recovery = await world.recovery();
  const entries = await approvedEntries(recovery, PART, approval, world.deps);
  await writePart(recovery, { planHash: approval.approvedHash, part: PART, freezeProven }, entries, world.deps);
}

const isWrite = (command: object) =>
  (command instanceof UpdateItemCommand || command instanceof DeleteItemCommand || command instanceof PutItemCommand) &&
  command.input.TableName === "orders";

/** Counts writes to the table, and lets a test fail them. */
function watchWrites(fault: (count: number, command: object) => void = () => {}) {
  const seen = { count: 0 };
  world.pocket.beforeCommand = (command) => {
    if (!isWrite(command)) return;
    seen.count += 1;
    fault(seen.count, command);
  };
  return seen;
}

const isOutcome = (command: object) =>
  command instanceof PutObjectCommand && (command.input.Key ?? "").includes("/apply/");

async function outcomesAt(sortKey: number) {
  const of = { recoveryId: RECOVERY_ID, planHash: approval.approvedHash, part: PART };
  const found = (await readOutcomes(of, world.deps)).get(await idAt(world, sortKey)) ?? [];
  return found.map((one) => [one.attempt, one.outcome, ...("reason" in one ? [one.reason] : [])].join(" "));
}

describe("writing a part", () => {
  test("repairs each item by one write, and writes it down", async () => {
    await planned(WRONG_TOTAL, DELETED, GHOST);
    const writes = watchWrites();

    await write();

    expect(writes.count).toBe(3);
    expect([await world.live(1), await world.live(2), await world.live(3)]).toEqual([
      { total: "1" },
      { total: "2" },
      null,
    ]);
    expect(await outcomesAt(1)).toEqual(["1 written"]);
  });

  test("again writes nothing: what is recorded is skipped", async () => {
    await planned(WRONG_TOTAL, DELETED, GHOST);
    await write();
    const writes = watchWrites();

    await write();

    expect(writes.count).toBe(0);
    expect(await outcomesAt(3)).toEqual(["1 written", "1 written"]);
  });

  test("keeps its journal before the first write", async () => {
    await planned(WRONG_TOTAL);
    world.beforeS3 = (command) => {
      if (command instanceof PutObjectCommand && (command.input.Key ?? "").includes("/journal/"))
        throw named("SlowDown");
    };
    const writes = watchWrites();

    await expect(write()).rejects.toMatchObject({ name: "SlowDown" });

    expect(writes.count).toBe(0);
  });

  test("killed between write and record converges: the next attempt finds what it meant, and takes it for doubtful", async () => {
    await planned(WRONG_TOTAL, DELETED);
    world.beforeS3 = (command) => {
      if (isOutcome(command)) throw named("killed");
    };
    await expect(write()).rejects.toMatchObject({ name: "killed" });
    expect(await world.live(1)).toEqual({ total: "1" });
    world.beforeS3 = () => {};

    await write();

    expect(await outcomesAt(1)).toEqual(["2 already"]);
    expect(await outcomesAt(2)).toEqual(["2 already"]);
  });

  test("killed between a delete and its record leaves the item to a person: nobody saw what it held", async () => {
    await planned(GHOST);
    world.beforeS3 = (command) => {
      if (isOutcome(command)) throw named("killed");
    };
    await expect(write()).rejects.toMatchObject({ name: "killed" });
    world.beforeS3 = () => {};

    await write();

    expect(await outcomesAt(1)).toEqual(["2 conflict delete-unseen"]);
  });

  test("an item that ends the attempt does not take the outcomes of the others with it", async () => {
    await planned(...Array.from({ length: 10 }, () => WRONG_TOTAL));
    watchWrites((count) => {
      if (count === 4) throw named("AccessDeniedException", "not authorized to perform: dynamodb:UpdateItem");
    });
    await expect(write()).rejects.toMatchObject({ name: "AccessDeniedException" });
    const repaired = (await Promise.all(Array.from({ length: 10 }, (_, index) => outcomesAt(index + 1)))).flat();
    expect(repaired).toEqual(Array(9).fill("1 written"));
    const writes = watchWrites();

    await write();

    expect(writes.count).toBe(1);
  });

  test("tells a failure that lasts before one that another attempt may heal", async () => {
    await planned(WRONG_TOTAL, WRONG_TOTAL);
    const first = itemAt(1, {}).sk?.N;
    watchWrites((_count, command) => {
      const isFirst = command instanceof UpdateItemCommand && command.input.Key?.sk?.N === first;
      throw isFirst ? named("ThrottlingException") : named("AccessDeniedException");
    });

    await expect(write()).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  test("a good write that came after the plan stays, and is listed as a conflict", async () => {
    await planned(WRONG_TOTAL);
    await world.pocket.put("orders", itemAt(1, { total: 5 }));

    await write();

    expect(await world.live(1)).toEqual({ total: "5" });
    expect(await outcomesAt(1)).toEqual(["1 conflict changed-since-plan"]);
  });

  test("a delete without a version waits for the freeze, and is done once it is proven", async () => {
    await planned(GHOST);
    await write(false);
    expect(await world.live(1)).toEqual({ ghost: "1" });
    expect(await outcomesAt(1)).toEqual(["1 conflict freeze-not-proven"]);

    await write(true);

    expect(await world.live(1)).toBeNull();
    expect((await outcomesAt(1)).at(-1)).toBe("2 written");
  });

  test("an attribute that came between reading and deleting brings the item back, and the attempt that died is caught up", async () => {
    await planned(GHOST);
    watchWrites((_count, command) => {
      // Put back it can't be: the function dies there.
      if (command instanceof PutItemCommand) throw named("AccessDeniedException");
    });
    const unseen = itemAt(1, { ghost: 1 });
    // An added attribute passes a guard of equality; DynamoDB then answers with what it has deleted.
    await world.pocket.put("orders", { ...unseen, added: { S: "by a customer" } });
    await expect(write()).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(await world.live(1)).toBeNull();
    watchWrites();

    await write();

    expect(await world.live(1)).toEqual({ ghost: "1", added: "by a customer" });
    expect(await outcomesAt(1)).toEqual(["1 deleted-unlike-plan", "2 conflict put-back"]);
  });

  test("with nothing to write begins no attempt", async () => {
    await planned(WRONG_TOTAL);
    const recovery = await world.recovery();

    await writePart(recovery, { planHash: "other", part: PART, freezeProven: true }, [], world.deps);

    expect(await world.deps.recoveries.get(RECOVERY_ID, `attempt#other#${PART}`)).toBeUndefined();
  });
});
