/** A lift that comes at any call of a raise of the same recovery, and the other way round. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { activateReadOnly } from "../../../functions/activate-read-only.ts";
import { liftReadOnly } from "../../../functions/lift-read-only.ts";
import { type ReadOnlyRecord, readOnlyRecord } from "../../../functions/read-only/read-only-record.ts";
import type { RecoveryStatus } from "../../../functions/runtime/recovery.ts";
import { GuardedWorld, policy } from "./guarded-world.ts";
import { interleave } from "./interleave.ts";
import { TABLE_ARN } from "./recovery-fixture.ts";

const FOREIGN = { Sid: "Theirs", Effect: "Deny", Principal: "*", Action: "dynamodb:DeleteTable", Resource: TABLE_ARN };

let world: GuardedWorld;
let before: unknown;
beforeEach(async () => {
  world = await GuardedWorld.start();
  await world.setFlag(" zeta,beta");
  await world.setPolicy(policy(FOREIGN));
  before = await world.guardsAsTheyAre();
});
afterEach(() => world.close());

let recoveries = 0;
/** The next recovery of the table: the last one gave it back. */
async function begin() {
  await world.deps.recoveries.releaseLock("orders", `recovery-${recoveries}`);
  recoveries += 1;
  await world.begin(`recovery-${recoveries}`);
  return { recoveryId: `recovery-${recoveries}`, table: "orders" };
}

interface Told {
  readonly freeze: ReadOnlyRecord["state"];
  readonly status: string;
}

async function told(recoveryId: string): Promise<Told> {
  return {
    freeze: (await readOnlyRecord(recoveryId, world.deps))?.state ?? "off",
    status: (await world.deps.recoveries.get<RecoveryStatus>(recoveryId, "status"))?.state ?? "none",
  };
}

/** What the records say is so: nothing of ours is up where they say that it was lifted. */
async function expectTruth(recoveryId: string, where: string): Promise<void> {
  const { freeze, status } = await told(recoveryId);
  expect(["lifted", "lifting", "up"], where).toContain(freeze);
  if (freeze === "lifted") {
    expect(await world.guardsAsTheyAre(), where).toEqual(before);
    expect(status, where).toBe("read-only mode is lifted");
  }
  if (freeze === "up") expect(status, where).toBe("read-only mode is up");
}

/** By hand, as often as it takes: each time it says in how many seconds. */
async function liftByHand(step: { recoveryId: string; table: string }): Promise<void> {
  for (let times = 0; ; times += 1)
    try {
      await liftReadOnly(step, world.deps);
      return;
    } catch (error) {
      if (times > 3 || !(error instanceof Error && error.name === "TransientFailure")) throw error;
      world.pass(20);
    }
}

describe("before each call of a raise", () => {
  test("a lift leaves nothing up that nobody records", async () => {
    for (let nth = 1; ; nth++) {
      const step = await begin();
      const { interrupted, call } = await interleave(
        world,
        () => activateReadOnly(step, world.deps),
        () => liftReadOnly(step, world.deps),
        { nth },
      );

      const where = `before call ${nth} (${call}): ${JSON.stringify(await told(step.recoveryId))}`;
      await expectTruth(step.recoveryId, where);
      await liftByHand(step);
      expect(await world.guardsAsTheyAre(), where).toEqual(before);
      expect(await told(step.recoveryId), where).toEqual({ freeze: "lifted", status: "read-only mode is lifted" });
      if (!interrupted) break;
    }
  });

  test("a lift of a raise that dies there takes down what was on its way, at the second call at the latest", async () => {
    for (let nth = 1; ; nth++) {
      const step = await begin();
      const { interrupted, call } = await interleave(
        world,
        () => activateReadOnly(step, world.deps),
        () => liftReadOnly(step, world.deps),
        { nth, kills: true },
      );

      world.pass(20);
      await liftByHand(step);
      const where = `before call ${nth} (${call}): ${JSON.stringify(await told(step.recoveryId))}`;
      expect(await world.guardsAsTheyAre(), where).toEqual(before);
      expect((await told(step.recoveryId)).freeze, where).toMatch(/lifted|off/);
      if (!interrupted) break;
    }
  });
});

describe("before each call of a lift", () => {
  test("a raise by hand ends frozen or thawed, and the record says which", async () => {
    for (let nth = 1; ; nth++) {
      const step = await begin();
      await activateReadOnly(step, world.deps);
      const { interrupted, call } = await interleave(
        world,
        () => liftReadOnly(step, world.deps),
        () => activateReadOnly(step, world.deps),
        { nth },
      );

      const where = `before call ${nth} (${call}): ${JSON.stringify(await told(step.recoveryId))}`;
      await expectTruth(step.recoveryId, where);
      await liftByHand(step);
      expect(await world.guardsAsTheyAre(), where).toEqual(before);
      if (!interrupted) break;
    }
  });
});
