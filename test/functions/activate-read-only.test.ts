import { afterEach, beforeEach, expect, test } from "vitest";
import { activateReadOnly } from "../../functions/activate-read-only.ts";
import { liftReadOnly } from "../../functions/lift-read-only.ts";
import { assertReadOnlyHolds } from "../../functions/read-only/holds.ts";
import { readOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import { verifyReadOnly } from "../../functions/verify-read-only.ts";
import { GuardedWorld, policy } from "./read-only/guarded-world.ts";
import { APP, DENY_POLICY, FORGOTTEN, IAM_PROBE, TABLE_ARN, WRITER } from "./read-only/recovery-fixture.ts";

let world: GuardedWorld;
beforeEach(async () => {
  world = await GuardedWorld.start();
});
afterEach(() => world.close());

const step = { recoveryId: "recovery-1", table: "orders" };
const freeze = async () => {
  await activateReadOnly(step, world.deps);
  world.pass(31);
  return verifyReadOnly({ ...step, since: world.since, purpose: "freeze" }, world.deps);
};

test("raises every guard after its probe got through, and writes down when", async () => {
  await world.begin("recovery-1");

  expect(await activateReadOnly(step, world.deps)).toEqual({ guards: ["ssm-flag", "iam-deny", "table-policy"] });

  const record = await readOnlyRecord("recovery-1", world.deps);
  expect(record).toMatchObject({
    state: "up",
    guards: {
      "ssm-flag": { proof: "pending", raisedAt: "2026-11-20T03:00:00.000Z" },
      "iam-deny": { proof: "pending", baseline: { got: "open", at: "2026-11-20T03:00:00.000Z" } },
      "table-policy": { proof: "pending", baseline: { got: "open" } },
    },
  });
  expect(record?.doesNotCover).toContainEqual(expect.stringContaining("queued"));
  expect(await world.flag()).toBe("all");
  expect(await world.write(APP)).toContain("explicit deny");
  expect(await world.write(FORGOTTEN)).toContain("explicit deny");
  expect(await world.write(WRITER)).toBe("written");
});

test("a probe that is denied before raising proves nothing: no guard is raised", async () => {
  await world.begin("recovery-1");
  await world.attach(IAM_PROBE, DENY_POLICY);
  const before = await world.guardsAsTheyAre();

  await expect(activateReadOnly(step, world.deps)).rejects.toMatchObject({
    name: "GuardFailed",
    message: expect.stringMatching(/iam-deny was not raised.*prove nothing/),
  });

  expect(await world.guardsAsTheyAre()).toEqual(before);
});

test("with `readOnly: none` there is nothing to raise, and nothing to prove", async () => {
  await world.begin("recovery-1", { guards: [], request: { readOnly: "none" } });

  expect(await activateReadOnly(step, world.deps)).toEqual({ guards: [] });
  expect(await verifyReadOnly({ ...step, since: world.since, purpose: "confirm" }, world.deps)).toEqual({
    status: "proven",
    waitSeconds: 0,
  });
});

test("a recovery that does not hold the table's lock freezes nothing", async () => {
  await world.begin("another");
  await world.begin("recovery-1");

  await expect(activateReadOnly(step, world.deps)).rejects.toMatchObject({ name: "LockLost" });

  expect(await world.flag()).toBe("none");
});

test("a wrong table of a call by hand is refused", async () => {
  await world.begin("recovery-1");

  await expect(activateReadOnly({ ...step, table: "users" }, world.deps)).rejects.toMatchObject({
    name: "InvalidInput",
  });
});

test("killed while raising, a retry goes on with the recorded baseline, and lifting gives back what was there", async () => {
  await world.begin("recovery-1");
  const before = await world.guardsAsTheyAre();
  const send = world.deps.aws.dynamodb.send.bind(world.deps.aws.dynamodb);
  world.deps.aws.dynamodb.send = (async (command: { constructor: { name: string } }) => {
    if (command.constructor.name === "PutResourcePolicyCommand") throw new Error("killed");
    return send(command as Parameters<typeof send>[0]);
  }) as typeof send;
  await expect(activateReadOnly(step, world.deps)).rejects.toThrow("killed");
  expect((await readOnlyRecord("recovery-1", world.deps))?.state).toBe("raising");
  world.deps.aws.dynamodb.send = send;

  await activateReadOnly(step, world.deps);
  expect((await readOnlyRecord("recovery-1", world.deps))?.state).toBe("up");
  await liftReadOnly(step, world.deps);

  expect(await world.guardsAsTheyAre()).toEqual(before);
});

test("killed while raising, it can be lifted as soon as a statement that was on its way would show", async () => {
  await world.begin("recovery-1");
  const before = await world.guardsAsTheyAre();
  world.deps.aws.dynamodb.middlewareStack.add(
    (next, context) => (args) =>
      context.commandName === "PutResourcePolicyCommand" ? Promise.reject(new Error("killed")) : next(args),
    { step: "initialize", name: "kill" },
  );
  await expect(activateReadOnly(step, world.deps)).rejects.toThrow("killed");

  await expect(liftReadOnly(step, world.deps)).rejects.toMatchObject({ name: "TransientFailure" });
  expect(await world.write(APP)).toBe("written");
  world.pass(20);
  expect(await liftReadOnly(step, world.deps)).toMatchObject({ lifted: true });

  expect(await world.guardsAsTheyAre()).toEqual(before);
});

test("lifted while it is still raising, it takes down again what it raised since: nothing stays frozen in silence", async () => {
  await world.begin("recovery-1");
  const before = await world.guardsAsTheyAre();
  world.deps.aws.dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === "PutResourcePolicyCommand") {
        world.deps.aws.dynamodb.middlewareStack.remove("lift-first");
        world.pass(20);
        await liftReadOnly(step, world.deps);
      }
      return next(args);
    },
    { step: "initialize", name: "lift-first" },
  );

  await expect(activateReadOnly(step, world.deps)).rejects.toMatchObject({
    name: "ReadOnlyLost",
    message: expect.stringContaining("lifted while it was being raised"),
  });

  expect(await world.guardsAsTheyAre()).toEqual(before);
  expect((await readOnlyRecord("recovery-1", world.deps))?.state).toBe("lifted");
});

test("a late raise beside its retry does not take back the proof", async () => {
  await world.begin("recovery-1");
  world.deps.aws.dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === "PutResourcePolicyCommand") {
        world.deps.aws.dynamodb.middlewareStack.remove("retry-first");
        await activateReadOnly(step, world.deps);
        world.pass(61);
        await verifyReadOnly({ ...step, since: world.since, purpose: "freeze" }, world.deps);
      }
      return next(args);
    },
    { step: "initialize", name: "retry-first" },
  );

  await activateReadOnly(step, world.deps);

  expect((await readOnlyRecord("recovery-1", world.deps))?.state).toBe("proven");
});

test("called again while all is up and proven, it changes nothing", async () => {
  await world.begin("recovery-1");
  await freeze();
  const [before, record] = [await world.guardsAsTheyAre(), await readOnlyRecord("recovery-1", world.deps)];

  await activateReadOnly(step, world.deps);

  expect(await world.guardsAsTheyAre()).toEqual(before);
  expect(await readOnlyRecord("recovery-1", world.deps)).toEqual(record);
});

test("an overwritten policy is lost for writers; called by hand it freezes and proves again, and the lift stays exact", async () => {
  const recovery = await world.begin("recovery-1");
  expect(await freeze()).toMatchObject({ status: "proven" });
  const theirs = policy({
    Sid: "Deployed",
    Effect: "Allow",
    Principal: { AWS: "111122223333" },
    Action: "dynamodb:Query",
    Resource: TABLE_ARN,
  });
  await world.setPolicy(theirs);
  const lost = await assertReadOnlyHolds(recovery, world.deps).catch((error: unknown) => error);
  expect(lost).toMatchObject({ name: "ReadOnlyLost", message: expect.stringContaining("guard table-policy is down") });
  expect(lost).toMatchObject({
    message: expect.stringContaining(
      `--function-name backstitch-activate-read-only --cli-binary-format raw-in-base64-out --payload '{"recoveryId":"recovery-1","table":"orders"}' /dev/stdout`,
    ),
  });
  expect(lost).toMatchObject({
    message: expect.stringContaining(`redrive-execution --execution-arn ${recovery.executionArn}`),
  });

  await activateReadOnly(step, world.deps);

  expect(await assertReadOnlyHolds(recovery, world.deps)).toEqual({ proven: true });
  expect((await readOnlyRecord("recovery-1", world.deps))?.notes).toEqual([expect.stringContaining("Raised again")]);
  await liftReadOnly(step, world.deps);
  expect(await world.policyText()).toBe(theirs);
});

test("raised again by hand, writers stay out until the new freeze is proven", async () => {
  const recovery = await world.begin("recovery-1", { guards: ["table-policy"] });
  await freeze();
  await world.setPolicy(
    policy({ Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "dynamodb:Query", Resource: TABLE_ARN }),
  );
  world.conditions.tablePolicyPropagationMs = 20_000;
  world.pass(21);

  await expect(activateReadOnly(step, world.deps)).rejects.toMatchObject({
    name: "TransientFailure",
    message: expect.stringContaining("frozen again but it is not proven yet"),
  });
  await expect(assertReadOnlyHolds(recovery, world.deps)).rejects.toMatchObject({ name: "ReadOnlyLost" });
  world.pass(21);
  await activateReadOnly(step, world.deps);

  expect(await assertReadOnlyHolds(recovery, world.deps)).toEqual({ proven: true });
});

test("lifted by hand and then redriven: writers are told how to freeze again, and it freezes the whole again", async () => {
  const recovery = await world.begin("recovery-1");
  await freeze();
  await liftReadOnly(step, world.deps);
  await expect(assertReadOnlyHolds(recovery, world.deps)).rejects.toMatchObject({
    name: "ReadOnlyLost",
    message: expect.stringContaining("was lifted at"),
  });

  await expect(activateReadOnly(step, world.deps)).rejects.toMatchObject({ name: "TransientFailure" });
  world.pass(31);
  await activateReadOnly(step, world.deps);

  expect(await assertReadOnlyHolds(recovery, world.deps)).toEqual({ proven: true });
});
