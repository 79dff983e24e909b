import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { activateReadOnly } from "../../functions/activate-read-only.ts";
import type { GuardName, RecoveryRequest } from "../../functions/contracts.ts";
import { freezeSentence } from "../../functions/read-only/freeze-sentence.ts";
import { assertReadOnlyHolds } from "../../functions/read-only/holds.ts";
import { readOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import { verifyReadOnly } from "../../functions/verify-read-only.ts";
import { GuardedWorld, policy } from "./read-only/guarded-world.ts";
import { APP, DENY_POLICY, IAM_PROBE, TABLE_ARN } from "./read-only/recovery-fixture.ts";

let world: GuardedWorld;
beforeEach(async () => {
  world = await GuardedWorld.start();
});
afterEach(() => world.close());

const step = { recoveryId: "recovery-1", table: "orders" };
const START = "2026-11-20T03:00:00.000Z";
const visit = () => verifyReadOnly({ ...step, since: START, purpose: "freeze" }, world.deps);
const confirm = () => verifyReadOnly({ ...step, since: START, purpose: "confirm" }, world.deps);
async function activate(guards: readonly GuardName[], request: Partial<RecoveryRequest> = {}) {
  const recovery = await world.begin("recovery-1", { guards, request });
  await activateReadOnly(step, world.deps);
  return recovery;
}

describe("while the freeze is being proven", () => {
  test("each guard is proven by three denials in a row, whose times are written down", async () => {
    const recovery = await activate(["iam-deny", "table-policy"]);
    world.pass(1);

    expect(await visit()).toEqual({ status: "proven", waitSeconds: 0 });

    const at = "2026-11-20T03:00:01.000Z";
    const proven = { proof: "proven", denials: [at, at, at], provenAt: at };
    expect(await readOnlyRecord("recovery-1", world.deps)).toMatchObject({
      state: "proven",
      frozenFrom: at,
      provenAt: at,
      guards: {
        "iam-deny": { ...proven, lastProbe: { got: "denied", message: expect.stringContaining("identity-based") } },
        "table-policy": { ...proven, lastProbe: { got: "denied", message: expect.stringContaining("resource-based") } },
      },
    });
    expect(await freezeSentence(recovery, world.deps)).toBe(
      `Table orders is frozen since ${at} (iam-deny: proven, table-policy: proven).`,
    );
  });

  test("a guard that takes its time is waited for, from 2 seconds up to 15", async () => {
    world.conditions.iamPropagationMs = 60_000;
    await activate(["iam-deny", "table-policy"]);

    const waits: number[] = [];
    for (let answer = await visit(); answer.status === "pending"; answer = await visit()) {
      waits.push(answer.waitSeconds);
      world.pass(answer.waitSeconds);
    }

    expect(waits).toEqual([2, 4, 8, 15, 15, 15, 15]);
    expect((await readOnlyRecord("recovery-1", world.deps))?.guards["iam-deny"]).toMatchObject({ proof: "proven" });
  });

  test("a guard whose propagation never ends fails by name with what its probe got, and nothing may be written", async () => {
    world.conditions.iamPropagationMs = Number.POSITIVE_INFINITY;
    const recovery = await activate(["iam-deny", "table-policy"]);
    expect(await visit()).toMatchObject({ status: "pending" });
    world.pass(121);

    const error = await visit().catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      name: "ReadOnlyNotProven",
      message: expect.stringMatching(/not proven 120 s after .*: guard iam-deny: its probe got "open"/),
    });
    expect(error).not.toMatchObject({ message: expect.stringContaining("guard table-policy:") });
    await expect(assertReadOnlyHolds(recovery, world.deps)).rejects.toMatchObject({ name: "ReadOnlyLost" });
  });

  test("an application role that lost the attachment keeps iam-deny unproven, though the probe role is denied", async () => {
    await activate(["iam-deny"]);
    await world.detach(APP, DENY_POLICY);

    expect(await visit()).toMatchObject({ status: "pending" });
    world.pass(121);

    await expect(visit()).rejects.toThrow(/iam-deny: it is down: role .*orders-app does not have policy/);
  });

  test("a denial of another kind proves nothing", async () => {
    await activate(["table-policy"]);
    // The table policy's probe role is denied by its own policy: nothing is said about the table's.
    await world.attach(IAM_PROBE.replace("iam-deny", "table-policy"), DENY_POLICY);

    expect(await visit()).toMatchObject({ status: "pending" });

    expect((await readOnlyRecord("recovery-1", world.deps))?.guards["table-policy"]).toMatchObject({
      proof: "pending",
      denials: [],
      lastProbe: { got: "denied otherwise" },
    });
  });

  test("the flag alone is waited for as long as a cache may last, and then called not proven", async () => {
    const recovery = await activate(["ssm-flag"]);
    expect(await visit()).toEqual({ status: "pending", waitSeconds: 15 });
    world.pass(26);
    expect(await visit()).toEqual({ status: "pending", waitSeconds: 4 });
    world.pass(4);

    expect(await visit()).toEqual({ status: "proven", waitSeconds: 0 });

    expect((await readOnlyRecord("recovery-1", world.deps))?.guards["ssm-flag"]).toMatchObject({ proof: "not proven" });
    expect(await assertReadOnlyHolds(recovery, world.deps)).toEqual({ proven: false });
  });

  test("the flag alone is never said to have frozen the table", async () => {
    const recovery = await activate(["ssm-flag"]);
    world.pass(61);
    await visit();

    const sentence = await freezeSentence(recovery, world.deps);

    expect(sentence).toContain("is flagged read-only since 2026-11-20T03:00:00.000Z (ssm-flag: not proven)");
    expect(sentence).not.toContain("frozen");
    expect((await readOnlyRecord("recovery-1", world.deps))?.frozenFrom).toBeUndefined();
  });

  test("a guard that was proven and is gone before the others are proven is waited for again", async () => {
    world.conditions.iamPropagationMs = 60_000;
    await activate(["iam-deny", "table-policy"]);
    expect(await visit()).toMatchObject({ status: "pending" });
    await world.setPolicy(
      policy({ Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "dynamodb:GetItem", Resource: TABLE_ARN }),
    );
    world.pass(61);

    expect(await visit()).toMatchObject({ status: "pending" });

    expect(await readOnlyRecord("recovery-1", world.deps)).toMatchObject({
      state: "up",
      guards: { "iam-deny": { proof: "proven" }, "table-policy": { proof: "pending", denials: [] } },
    });
  });

  test("every tenant is probed under its own key", async () => {
    const tenants = ["acme", "globex", "initech", "hooli"];
    const recovery = await activate(["table-policy"], { tenants });

    expect(await visit()).toMatchObject({ status: "proven" });

    expect((await readOnlyRecord("recovery-1", world.deps))?.guards["table-policy"]?.denials).toHaveLength(4);
    expect(await assertReadOnlyHolds(recovery, world.deps)).toEqual({ proven: true });
    expect(await world.write(APP, "other")).toBe("written");
  });

  test("a freeze that was never raised is not waited for", async () => {
    await world.begin("recovery-1");

    await expect(visit()).rejects.toMatchObject({
      name: "ReadOnlyLost",
      message: expect.stringContaining("never raised"),
    });
  });
});

describe("right before the first write", () => {
  test("every guard holds still, which is written down", async () => {
    await activate(["iam-deny", "table-policy"]);
    await visit();
    world.pass(600);

    expect(await confirm()).toEqual({ status: "proven", waitSeconds: 0 });

    expect((await readOnlyRecord("recovery-1", world.deps))?.guards["iam-deny"]).toMatchObject({
      confirmedAt: "2026-11-20T03:10:00.000Z",
    });
  });

  test("a freeze that is up but not proven is no freeze", async () => {
    await activate(["table-policy"]);

    await expect(confirm()).rejects.toMatchObject({
      name: "ReadOnlyLost",
      message: expect.stringContaining("not proven"),
    });
  });

  test("a guard that is gone is lost, with what is there instead and the commands to go on", async () => {
    await activate(["table-policy"]);
    await visit();
    await world.setPolicy(
      policy({ Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "dynamodb:Query", Resource: TABLE_ARN }),
    );

    await expect(confirm()).rejects.toThrow(
      /guard table-policy is down: .*it was overwritten[\s\S]*activate-read-only[\s\S]*redrive-execution/,
    );
  });

  test("a guard that stands and does not hold is lost too", async () => {
    await activate(["iam-deny"]);
    await visit();
    await world.detach(IAM_PROBE, DENY_POLICY);
    world.pass(1);
    expect(await world.write(IAM_PROBE)).toBe("written");
    world.conditions.iamPropagationMs = Number.POSITIVE_INFINITY;
    await world.attach(IAM_PROBE, DENY_POLICY);

    await expect(confirm()).rejects.toThrow(/guard iam-deny does not hold: its probe got "open"/);
  });
});
