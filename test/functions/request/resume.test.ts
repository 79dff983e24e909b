import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adoptPlan } from "../../../functions/adopt-plan.ts";
import { answerRecovery } from "../../../functions/answer-recovery.ts";
import { liftReadOnly } from "../../../functions/lift-read-only.ts";
import { preflight } from "../../../functions/preflight.ts";
import { keySchemaOf } from "../../../functions/request/key-schema.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import type { Lock } from "../../../functions/runtime/recoveries.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { recoveryIdOf } from "../../../functions/runtime/resumed-as.ts";
import { configured } from "../support/recovery-steps.ts";
import { RECOVERY_ID, STEP, StepsWorld, WRONG_TOTAL } from "../support/steps-world.ts";

let world: StepsWorld;
let deps: Dependencies;

beforeEach(async () => {
  world = await StepsWorld.start();
  deps = configured(world);
  world.executionStatus = "FAILED";
  await world.happened([WRONG_TOTAL]);
  const { Table } = await deps.aws.dynamodb.send(new DescribeTableCommand({ TableName: "orders" }));
  await world.changeRecovery({ tableId: Table?.TableId ?? "", keySchema: keySchemaOf(Table ?? {}) });
});

afterEach(() => world.close());

const arnOf = (name: string) => `arn:aws:states:eu-west-1:111122223333:execution:backstitch-recover:${name}`;

/** Starts an execution of this name that resumes `r-1`, unless the request says otherwise. */
function resume(name = "again", request: object = {}) {
  const executionArn = arnOf(name);
  const startTime = "2026-11-20T04:00:00.000Z";
  return preflight({ recoveryId: name, executionArn, startTime, request: { resume: RECOVERY_ID, ...request } }, deps);
}

const refused = (message: string) => ({ name: "InvalidRequest", message: expect.stringContaining(message) as string });

describe("a resumed recovery", () => {
  test("goes on under its own id, before its plan where it has none", async () => {
    expect(await resume()).toMatchObject({
      recoveryId: RECOVERY_ID,
      table: "orders",
      planFrom: "none",
      ending: false,
      round: 0,
      approvedHash: "none",
    });

    const recovery = await deps.recoveries.load(RECOVERY_ID);
    expect(recovery).toMatchObject({ executionArn: arnOf("again"), resumedAt: "2026-11-20T04:00:00.000Z" });
    expect(await deps.recoveries.get<Lock>("lock", "orders")).toMatchObject({
      recoveryId: RECOVERY_ID,
      executionArn: arnOf("again"),
    });
    expect(await recoveryIdOf("again", deps)).toBe(RECOVERY_ID);
    expect(await deps.recoveries.get("again", "recovery")).toBeUndefined();
  });

  test("remembers every execution that it had, and may be resumed again", async () => {
    const first = (await deps.recoveries.load(RECOVERY_ID)).executionArn;
    await resume("again");
    await resume("and-again", { concurrency: 2 });

    const recovery = await deps.recoveries.load(RECOVERY_ID);
    expect(recovery.earlierExecutions).toEqual([first, arnOf("again")]);
    expect(recovery.request.concurrency).toBe(2);
  });

  test("is the same when the step is tried again", async () => {
    const first = await resume();
    world.executionStatus = "RUNNING";

    expect(await resume()).toEqual(first);
    expect((await deps.recoveries.load(RECOVERY_ID)).earlierExecutions).toHaveLength(1);
  });

  test("asks again about a plan that has no answer, and goes on from one that has", async () => {
    const { planHash } = await world.plan();
    expect(await resume()).toMatchObject({ planFrom: RECOVERY_ID });
    expect(await adoptPlan(STEP, deps)).toMatchObject({ planHash, round: 1, answered: false });

    await world.approved();
    expect(await adoptPlan(STEP, deps)).toMatchObject({
      planHash,
      round: 1,
      answered: true,
      manifest: { key: "recoveries/r-1/plan/1/parts.json" },
      partsManifest: { key: "recoveries/r-1/parts.json" },
    });
  });

  test("that was ending goes on with that, and raises nothing again", async () => {
    await liftReadOnly({ ...STEP, outcome: "Recovered", round: 1, planHash: "h" }, deps);

    expect(await resume()).toMatchObject({ ending: true, outcome: "Recovered", round: 1, approvedHash: "h" });
  });

  test("whose last step did its work and failed all the same does that step again, and ends green", async () => {
    const ending = { outcome: "Recovered", round: 1, approvedHash: "h" } as const;
    await deps.recoveries.setStatus(RECOVERY_ID, deps.now(), { state: "ended", outcome: "Recovered", ending });
    world.executionStatus = "SUCCEEDED";
    await expect(resume()).rejects.toMatchObject(refused("which ended Recovered"));

    world.executionStatus = "FAILED";
    expect(await resume()).toMatchObject({ ending: true, outcome: "Recovered", round: 1, approvedHash: "h" });
  });

  test("that had ended Stopped goes on before its end", async () => {
    const ending = { outcome: "Stopped", round: 1, approvedHash: "h" } as const;
    await deps.recoveries.setStatus(RECOVERY_ID, deps.now(), { state: "ended", outcome: "Stopped", ending });

    expect(await resume()).toMatchObject({ ending: false, outcome: "Stopped", round: 0 });
    expect(await deps.recoveries.get(RECOVERY_ID, "status")).not.toHaveProperty("outcome");
  });

  test("does so too where Step Functions has forgotten its execution", async () => {
    world.executionStatus = undefined;

    expect(await resume()).toMatchObject({ recoveryId: RECOVERY_ID });
  });

  test("freezes at once where it has a plan, and never where it was thawed knowingly", async () => {
    const readOnly = { guards: ["ssm-flag"], when: "repair" } as const;
    const { request } = await deps.recoveries.load(RECOVERY_ID);
    await world.changeRecovery({
      guards: ["ssm-flag"],
      request: { ...request, readOnly: { ...readOnly, guards: ["ssm-flag"] } },
    });
    expect(await resume("one")).toMatchObject({ freeze: "repair" });

    await world.plan();
    expect(await resume("two")).toMatchObject({ freeze: "start" });

    await deps.recoveries.put(RECOVERY_ID, "read-only", { state: "lifted-continue", guards: {}, thawed: [] });
    expect(await resume("three")).toMatchObject({ freeze: "never" });
  });
});

describe("a resume is refused, and changes nothing, where the recovery", () => {
  let before: Recovery;
  beforeEach(async () => {
    before = await deps.recoveries.load(RECOVERY_ID);
  });
  afterEach(async () => {
    expect(await deps.recoveries.load(RECOVERY_ID)).toEqual(before);
    expect(await recoveryIdOf("again", deps)).toBe("again");
  });

  test("is not known", async () => {
    await expect(resume("again", { resume: "nobody" })).rejects.toMatchObject(refused("no earlier recovery"));
  });

  test("is running", async () => {
    world.executionStatus = "RUNNING";
    await expect(resume()).rejects.toMatchObject(refused("stop-execution"));
  });

  test("waits to be redriven", async () => {
    world.executionStatus = "PENDING_REDRIVE";
    await expect(resume()).rejects.toMatchObject(refused("which is running"));
  });

  test.each(["Recovered", "Rejected", "NothingToRepair", "Planned"])("ended %s", async (outcome) => {
    await deps.recoveries.setStatus(RECOVERY_ID, deps.now(), { outcome });
    await expect(resume()).rejects.toMatchObject(refused(`which ended ${outcome}`));
  });

  test("was given up", async () => {
    await answerRecovery({ recoveryId: RECOVERY_ID, answer: "abandon", by: "ann" }, deps);
    await expect(resume()).rejects.toMatchObject(refused("was given up"));
  });

  test("has lost its table to another recovery", async () => {
    await deps.recoveries.releaseLock("orders", RECOVERY_ID);
    const lock = { recoveryId: "r-2", executionArn: arnOf("r-2"), acquiredAt: "2026-11-20T03:00:00Z" };
    await deps.recoveries.acquireLock("orders", lock);

    await expect(resume()).rejects.toMatchObject({ name: "TableLocked" });
  });

  test("worked on a table that was deleted and created anew since", async () => {
    await world.changeRecovery({ tableId: "another" });
    before = await deps.recoveries.load(RECOVERY_ID);

    await expect(resume()).rejects.toMatchObject(refused("not the one of today"));
  });

  test("is of another table than the request says", async () => {
    await expect(resume("again", { table: "invoices" })).rejects.toMatchObject(refused('Field "table" is "invoices"'));
  });

  test("is named beside rules or another form of request", async () => {
    await expect(resume("again", { badSince: "45m ago" })).rejects.toMatchObject(refused('Field "badSince"'));
    await expect(resume("again", { undo: RECOVERY_ID })).rejects.toMatchObject(refused("leave one out"));
  });
});
