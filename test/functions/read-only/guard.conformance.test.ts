/** What every guard must do, whichever it is: the same cases for all, on the pocket AWS's own services. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { GuardName } from "../../../functions/contracts.ts";
import { subjectOf } from "../../../functions/read-only/guard.ts";
import { GUARDS } from "../../../functions/read-only/guards.ts";
import { GuardedWorld, policy } from "./guarded-world.ts";
import { APP, DENY_POLICY, FORGOTTEN, TABLE_ARN, WORKER, WRITER } from "./recovery-fixture.ts";

let world: GuardedWorld;
beforeEach(async () => {
  world = await GuardedWorld.start();
});
afterEach(() => world.close());

const FOREIGN = {
  Sid: "Theirs",
  Effect: "Allow",
  Principal: { AWS: "111122223333" },
  Action: "dynamodb:GetItem",
  Resource: TABLE_ARN,
};

describe.each(Object.keys(GUARDS) as GuardName[])("guard %s", (name) => {
  const guard = GUARDS[name];
  const begin = async (id = "recovery-1") => subjectOf(await world.begin(id, { guards: [name] }));

  test("finds nothing wrong with a table that is set up, and changes nothing while looking", async () => {
    const before = await world.guardsAsTheyAre();

    const problems = await guard.preflight(await begin(), world.deps);

    expect(problems).toEqual([]);
    expect(await world.guardsAsTheyAre()).toEqual(before);
  });

  test("is up once raised, and lowered it leaves the world as it was", async () => {
    const before = await world.guardsAsTheyAre();
    const subject = await begin();
    expect(await guard.isUp(subject, world.deps)).toMatchObject({ up: false });

    await guard.raise(subject, world.deps);
    expect(await guard.isUp(subject, world.deps)).toEqual({ up: true });
    expect(await world.guardsAsTheyAre()).not.toEqual(before);
    const lowered = await guard.lower(subject, world.deps);

    expect(lowered).toEqual({ notes: [] });
    expect(await world.guardsAsTheyAre()).toEqual(before);
    expect(await guard.isUp(subject, world.deps)).toMatchObject({ up: false });
  });

  test("raised twice and lowered twice it leaves the world as it was", async () => {
    const before = await world.guardsAsTheyAre();
    const subject = await begin();

    await guard.raise(subject, world.deps);
    const once = await world.guardsAsTheyAre();
    await guard.raise(subject, world.deps);
    expect(await world.guardsAsTheyAre()).toEqual(once);
    await guard.lower(subject, world.deps);
    await guard.lower(subject, world.deps);

    expect(await world.guardsAsTheyAre()).toEqual(before);
  });

  test("lowers nothing that this recovery did not raise", async () => {
    await world.setFlag("all");
    await world.attach(APP, DENY_POLICY);
    await world.setPolicy(policy(FOREIGN));
    const before = await world.guardsAsTheyAre();

    expect(await guard.lower(await begin(), world.deps)).toBeUndefined();

    expect(await world.guardsAsTheyAre()).toEqual(before);
  });

  test("keeps what was there before it came", async () => {
    await world.setFlag(" zeta , beta");
    await world.attach(WORKER, DENY_POLICY);
    await world.setPolicy(`{ "Version":"2012-10-17",\n "Statement": ${JSON.stringify(FOREIGN)} }`);
    const before = await world.guardsAsTheyAre();
    const subject = await begin();

    await guard.raise(subject, world.deps);
    await guard.lower(subject, world.deps);

    expect(await world.guardsAsTheyAre()).toEqual(before);
  });

  test("killed between saving and raising, the second try raises and keeps the first saved state", async () => {
    await world.setFlag("beta");
    const before = await world.guardsAsTheyAre();
    const subject = await begin();
    const putOnce = world.deps.recoveries.putOnce.bind(world.deps.recoveries);
    world.deps.recoveries.putOnce = async (...record) => {
      await putOnce(...record);
      throw new Error("killed");
    };
    await expect(guard.raise(subject, world.deps)).rejects.toThrow("killed");
    world.deps.recoveries.putOnce = putOnce;
    expect(await world.guardsAsTheyAre()).toEqual(before);

    await guard.raise(subject, world.deps);
    expect(await guard.isUp(subject, world.deps)).toEqual({ up: true });
    await guard.lower(subject, world.deps);

    expect(await world.guardsAsTheyAre()).toEqual(before);
  });

  test.each([1, 2, 3])("killed at change %i of its lowering, the second try ends it", async (nth) => {
    const before = await world.guardsAsTheyAre();
    const subject = await begin();
    await guard.raise(subject, world.deps);
    const revive = killAtChange(nth);
    const killed = await guard.lower(subject, world.deps).then(
      () => false,
      () => true,
    );
    revive();

    await guard.lower(subject, world.deps);

    expect(await world.guardsAsTheyAre()).toEqual(before);
    // Every guard changes something, so that the first of these kills strikes.
    if (nth === 1) expect(killed).toBe(true);
  });

  test("raised again after somebody took it away, it is lowered to what was there at first", async () => {
    const before = await world.guardsAsTheyAre();
    const subject = await begin();
    await guard.raise(subject, world.deps);
    await world.setFlag("none");
    if (name === "iam-deny") await guard.lower(subject, world.deps);
    if (name === "table-policy") await world.setPolicy(policy(FOREIGN));
    expect(await guard.isUp(subject, world.deps)).toMatchObject({ up: false, instead: expect.any(String) });

    await guard.raise(subject, world.deps);
    expect(await guard.isUp(subject, world.deps)).toEqual({ up: true });
    await guard.lower(subject, world.deps);

    const after = { ...(before as object), ...(name === "table-policy" ? { policy: policy(FOREIGN) } : {}) };
    expect(await world.guardsAsTheyAre()).toEqual(after);
  });
});

test("iam-deny stops the application's roles and no other", async () => {
  await GUARDS["iam-deny"].raise(subjectOf(await world.begin("recovery-1")), world.deps);

  expect(await world.write(APP)).toContain("explicit deny in an identity-based policy");
  expect(await world.write(FORGOTTEN)).toBe("written");
});

test("table-policy stops every role but the ones that write for Backstitch", async () => {
  await GUARDS["table-policy"].raise(subjectOf(await world.begin("recovery-1")), world.deps);

  expect(await world.write(APP)).toContain("explicit deny in a resource-based policy");
  expect(await world.write(FORGOTTEN)).toContain("explicit deny in a resource-based policy");
  expect(await world.write(WRITER)).toBe("written");
});

const CHANGES = ["PutParameter", "DetachRolePolicy", "PutResourcePolicy", "DeleteResourcePolicy"];

interface Sender {
  send(command: object): Promise<unknown>;
}

/** Lets the so-manieth change of what a guard is made of fail before it takes effect; answers how to end that. */
function killAtChange(nth: number): () => void {
  const { dynamodb, iam, ssm } = world.deps.aws;
  let left = nth;
  const spies = [dynamodb, iam, ssm].map((client) => {
    const sender = client as unknown as Sender;
    const send = sender.send.bind(client);
    return vi.spyOn(sender, "send").mockImplementation(async (command) => {
      if (CHANGES.includes(command.constructor.name.replace(/Command$/, "")) && --left === 0) throw new Error("killed");
      return send(command);
    });
  });
  return () => {
    for (const spy of spies) spy.mockRestore();
  };
}
