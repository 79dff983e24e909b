import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { activateReadOnly } from "../../functions/activate-read-only.ts";
import { approvalRecord, planRecord } from "../../functions/answers/records.ts";
import type { GuardName, RecoveryRequest } from "../../functions/contracts.ts";
import { liftReadOnly } from "../../functions/lift-read-only.ts";
import { freezeSentence } from "../../functions/read-only/freeze-sentence.ts";
import { assertReadOnlyHolds } from "../../functions/read-only/holds.ts";
import { readOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import { isFrozen } from "../../functions/report/report.ts";
import { verifyReadOnly } from "../../functions/verify-read-only.ts";
import { GuardedWorld } from "./read-only/guarded-world.ts";
import { APP, DENY_POLICY, IAM_PROBE, WORKER } from "./read-only/recovery-fixture.ts";

let world: GuardedWorld;
beforeEach(async () => {
  world = await GuardedWorld.start();
});
afterEach(() => world.close());

const step = { recoveryId: "recovery-1", table: "orders" };
async function freeze({ guards, request }: { guards?: readonly GuardName[]; request?: Partial<RecoveryRequest> } = {}) {
  const recovery = await world.begin("recovery-1", { ...(guards ? { guards } : {}), ...(request ? { request } : {}) });
  await activateReadOnly(step, world.deps);
  world.pass(31);
  const answer = await verifyReadOnly({ ...step, since: world.since, purpose: "freeze" }, world.deps);
  expect(answer.status).toBe("proven");
  return recovery;
}
const state = async () => (await readOnlyRecord("recovery-1", world.deps))?.state;

describe("lifting everything", () => {
  test("gives back exactly what was there, says when, and a second time changes nothing", async () => {
    await world.setFlag("initech");
    const before = await world.guardsAsTheyAre();
    await freeze();

    expect(await liftReadOnly(step, world.deps)).toEqual({ lifted: true, notes: [] });

    expect(await world.guardsAsTheyAre()).toEqual(before);
    expect(await world.write(APP)).toBe("written");
    expect(await readOnlyRecord("recovery-1", world.deps)).toMatchObject({
      state: "lifted",
      liftedAt: "2026-11-20T03:00:31.000Z",
    });
    expect(await liftReadOnly(step, world.deps)).toEqual({
      lifted: true,
      notes: [expect.stringContaining("Already lifted")],
    });
    expect(await world.guardsAsTheyAre()).toEqual(before);
  });

  test("of a recovery that never froze is no error", async () => {
    await world.begin("recovery-1");

    expect(await liftReadOnly(step, world.deps)).toMatchObject({ lifted: false });
  });

  test("leaves what others attached, and says so", async () => {
    await world.attach(WORKER, DENY_POLICY);
    await freeze({ guards: ["iam-deny"] });
    await world.detach(APP, DENY_POLICY);

    const { notes } = await liftReadOnly(step, world.deps);

    expect(notes).toEqual([expect.stringContaining("orders-app"), expect.stringContaining("orders-worker")]);
    expect(await world.attached(WORKER)).toEqual([DENY_POLICY]);
    expect(await world.attached(IAM_PROBE)).toEqual([]);
  });

  test("a guard that can't be lowered yet does not keep the others up, and the retry ends it", async () => {
    const before = await world.guardsAsTheyAre();
    await freeze();
    world.conditions.tablePolicyChangeBlockMs = 45_000;

    await expect(liftReadOnly(step, world.deps)).rejects.toMatchObject({ name: "TransientFailure" });
    expect(await state()).toBe("lifting");
    expect(await world.flag()).toBe("none");
    expect(await world.attached(APP)).toEqual([]);
    world.pass(15);
    expect(await liftReadOnly(step, world.deps)).toEqual({ lifted: true, notes: [] });

    expect(await world.guardsAsTheyAre()).toEqual(before);
  });

  test("a flag that is no flag any more is told, never overwritten, and the other guards come down", async () => {
    await freeze();
    await world.setFlag("???,,");

    await expect(liftReadOnly(step, world.deps)).rejects.toMatchObject({
      name: "GuardFailed",
      message: expect.stringContaining("which is no flag"),
    });

    expect(await world.flag()).toBe("???,,");
    expect(await world.policyText()).toBeUndefined();
  });
});

describe("thawing while the repair goes on", () => {
  const plan = (round: number, deletesThatNeedFreeze: number) =>
    world.deps.recoveries.put("recovery-1", planRecord(round), { round, deletesThatNeedFreeze });

  test("lets writers go on without a proof, and the machine's own lift ends it", async () => {
    const recovery = await freeze();
    await plan(1, 0);

    await liftReadOnly({ ...step, continue: true }, world.deps);

    expect(await state()).toBe("lifted-continue");
    expect(await world.write(APP)).toBe("written");
    expect(await assertReadOnlyHolds(recovery, world.deps)).toEqual({ proven: false });
    expect(await verifyReadOnly({ ...step, since: world.since, purpose: "confirm" }, world.deps)).toMatchObject({
      status: "proven",
    });
    expect(await liftReadOnly(step, world.deps)).toEqual({ lifted: true, notes: [] });
    expect(await state()).toBe("lifted");
  });

  test("that leaves a guard up does not say that the table is thawed, until a second try takes it down", async () => {
    const recovery = await freeze();
    await plan(1, 0);
    world.conditions.tablePolicyChangeBlockMs = 45_000;

    await expect(liftReadOnly({ ...step, continue: true }, world.deps)).rejects.toMatchObject({
      name: "TransientFailure",
    });

    expect(await world.write(APP)).toContain("explicit deny");
    expect(isFrozen((await readOnlyRecord("recovery-1", world.deps)) ?? { state: "off" })).toBe(true);
    expect(await freezeSentence(recovery, world.deps)).toContain("some guards may still be up");
    expect(await assertReadOnlyHolds(recovery, world.deps)).toEqual({ proven: false });
    expect(await verifyReadOnly({ ...step, since: world.since, purpose: "confirm" }, world.deps)).toMatchObject({
      status: "proven",
    });
    world.pass(15);
    await liftReadOnly({ ...step, continue: true }, world.deps);
    expect(await state()).toBe("lifted-continue");
    expect(isFrozen((await readOnlyRecord("recovery-1", world.deps)) ?? { state: "off" })).toBe(false);
    expect(await world.write(APP)).toBe("written");
  });

  test("is refused while the last plan has deletes that rely on the freeze", async () => {
    const recovery = await freeze();
    await plan(9, 0);
    await plan(10, 3);

    await expect(liftReadOnly({ ...step, continue: true }, world.deps)).rejects.toMatchObject({
      name: "InvalidAnswer",
      message: expect.stringContaining("round 10) deletes 3 items"),
    });

    expect(await assertReadOnlyHolds(recovery, world.deps)).toEqual({ proven: true });
    await plan(11, 0);
    expect(await liftReadOnly({ ...step, continue: true }, world.deps)).toMatchObject({ lifted: true });
  });
});

describe("thawing after the approval", () => {
  const approved = (deletesThatNeedFreeze: number) =>
    world.deps.recoveries.put("recovery-1", approvalRecord(1), { answer: "approve", deletesThatNeedFreeze });

  test.each([
    ["is refused where the chosen groups delete what only the freeze makes safe", 0, 2, false],
    ["goes where the chosen groups leave out what the plan would delete", 2, 0, true],
  ])("%s", async (_what, planned, chosen, goes) => {
    await freeze();
    await world.deps.recoveries.put("recovery-1", planRecord(1), { round: 1, deletesThatNeedFreeze: planned });
    await approved(chosen);

    const lifting = liftReadOnly({ ...step, continue: true }, world.deps);

    if (goes) expect(await lifting).toMatchObject({ lifted: true });
    else await expect(lifting).rejects.toMatchObject({ message: expect.stringContaining("deletes 2 items") });
    expect(await state()).toBe(goes ? "lifted-continue" : "proven");
  });
});

describe("thawing some tenants", () => {
  const guards = ["ssm-flag", "table-policy"] as const;

  test("lets these write and keeps the others frozen, until everything is lifted exactly", async () => {
    await world.setFlag("initech");
    const before = await world.guardsAsTheyAre();
    const recovery = await freeze({ guards, request: { tenants: ["acme", "globex"] } });

    expect(await liftReadOnly({ ...step, tenants: ["acme"] }, world.deps)).toEqual({ lifted: true, notes: [] });

    expect(await world.flag()).toBe("initech,globex");
    expect(await world.write(APP, "acme")).toBe("written");
    expect(await world.write(APP, "globex")).toContain("explicit deny");
    expect(await assertReadOnlyHolds(recovery, world.deps)).toEqual({ proven: false });
    expect(await verifyReadOnly({ ...step, since: world.since, purpose: "confirm" }, world.deps)).toMatchObject({
      status: "proven",
    });
    await liftReadOnly(step, world.deps);
    expect(await world.guardsAsTheyAre()).toEqual(before);
  });

  test("thawing the last one lifts everything", async () => {
    await freeze({ guards, request: { tenants: ["acme", "globex"] } });
    await liftReadOnly({ ...step, tenants: ["acme"] }, world.deps);

    await liftReadOnly({ ...step, tenants: ["globex"] }, world.deps);

    expect(await state()).toBe("lifted");
    expect(await world.flag()).toBe("none");
    expect(await world.policyText()).toBeUndefined();
  });

  test.each([
    ["of a freeze of the whole table", { guards }, ["acme"], "whole of table"],
    ["that are not frozen", { guards, request: { tenants: ["acme"] } }, ["hooli"], '"hooli"'],
  ])("%s is refused, and nothing changes", async (_what, frozen, tenants, message) => {
    await freeze(frozen);
    const before = await world.guardsAsTheyAre();

    await expect(liftReadOnly({ ...step, tenants }, world.deps)).rejects.toMatchObject({
      name: "InvalidAnswer",
      message: expect.stringContaining(message),
    });

    expect(await world.guardsAsTheyAre()).toEqual(before);
  });
});
