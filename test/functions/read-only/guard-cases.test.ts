/** What is particular to each guard. */

import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import { DeleteParameterCommand } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Guard, type GuardSubject, subjectOf } from "../../../functions/read-only/guard.ts";
import { iamDeny } from "../../../functions/read-only/iam-deny.ts";
import { ssmFlag } from "../../../functions/read-only/ssm-flag.ts";
import { tablePolicy } from "../../../functions/read-only/table-policy.ts";
import { GuardedWorld, policy } from "./guarded-world.ts";
import { APP, DENY_POLICY, FLAG, IAM_PROBE, roleArn, TABLE_ARN, WORKER } from "./recovery-fixture.ts";

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

async function subject(id = "recovery-1", change: Partial<GuardSubject> = {}): Promise<GuardSubject> {
  return { ...subjectOf(await world.begin(id)), ...change };
}

async function problem(guard: Guard, of: GuardSubject): Promise<string> {
  const problems = await guard.preflight(of, world.deps);
  return problems.map((p) => `${p.problem} (${p.remedy})`).join("; ");
}

describe("ssm-flag", () => {
  test("two recoveries on one flag keep each other's tenants, also with `all` between", async () => {
    const [one, two] = [await subject("one", { tenants: ["acme", "globex"] }), await subject("two")];

    await ssmFlag.raise(one, world.deps);
    expect(await world.flag()).toBe("acme,globex");
    await ssmFlag.raise(two, world.deps);
    expect(await world.flag()).toBe("all");
    expect(await ssmFlag.isUp(one, world.deps)).toEqual({ up: true });

    await ssmFlag.lower(two, world.deps);
    expect(await world.flag()).toBe("acme,globex");
    await ssmFlag.lower(one, world.deps);
    expect(await world.flag()).toBe("none");
  });

  test("ten recoveries that raise at the same moment are all in the flag, and lowered together none is left", async () => {
    const subjects = await Promise.all(Array.from({ length: 10 }, (_, n) => subject(`r${n}`, { tenants: [`t${n}`] })));

    await Promise.all(subjects.map((one) => untilDone(() => ssmFlag.raise(one, world.deps))));
    expect((await world.flag())?.split(",").sort()).toEqual(subjects.flatMap(({ tenants }) => tenants ?? []).sort());

    await Promise.all(subjects.map((one) => untilDone(() => ssmFlag.lower(one, world.deps))));
    expect(await world.flag()).toBe("none");
  });

  test("a flag that somebody reset meanwhile is down, and lowering it leaves theirs and says so", async () => {
    const one = await subject("one", { tenants: ["acme"] });
    await ssmFlag.raise(one, world.deps);
    await world.setFlag("initech");

    expect(await ssmFlag.isUp(one, world.deps)).toMatchObject({
      up: false,
      instead: expect.stringContaining('"initech"'),
    });
    const lowered = await ssmFlag.lower(one, world.deps);

    expect(lowered?.notes).toEqual([expect.stringContaining("somebody changed parameter")]);
    expect(await world.flag()).toBe("initech");
  });

  test("a flag that was `all` before stays `all`, and the note says so", async () => {
    await world.setFlag("all");
    const one = await subject();
    await ssmFlag.raise(one, world.deps);

    expect((await ssmFlag.lower(one, world.deps))?.notes).toEqual([expect.stringContaining('stays "all"')]);
    expect(await world.flag()).toBe("all");
  });

  test("a deleted parameter is not made again", async () => {
    const one = await subject();
    await ssmFlag.raise(one, world.deps);
    await world.deps.aws.ssm.send(new DeleteParameterCommand({ Name: FLAG }));

    expect(await ssmFlag.isUp(one, world.deps)).toMatchObject({ up: false });
    expect((await ssmFlag.lower(one, world.deps))?.notes).toEqual([expect.stringContaining("was deleted meanwhile")]);
    await expect(world.flag()).rejects.toThrow();
  });

  test.each([
    ["one tenant", "acme", {}, ""],
    ["an empty entry", "a,,b", {}, "neither"],
    ["a missing parameter", undefined, {}, "does not exist"],
    ["a tenant with a comma", "none", { tenants: ["a,b"] }, '"a,b"'],
    ["tenants that do not fit in 4 KB", "none", { tenants: ["a".repeat(3000), "b".repeat(1200)] }, "4096"],
  ] as const)("preflight on %s", async (_what, value, change, message) => {
    if (value) await world.setFlag(value);
    else await world.deps.aws.ssm.send(new DeleteParameterCommand({ Name: FLAG }));

    const found = await problem(ssmFlag, await subject("one", { ...change }));

    if (message === "") expect(found).toBe("");
    else expect(found).toContain(message);
  });
});

describe("iam-deny", () => {
  async function fill(role: string, count: number) {
    for (let n = 0; n < count; n++) {
      const PolicyName = `filler-${n}`;
      const PolicyDocument = policy({ Effect: "Allow", Action: "s3:ListBucket", Resource: "*" });
      await world.deps.aws.iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
      await world.attach(role, `arn:aws:iam::111122223333:policy/${PolicyName}`);
    }
  }

  test("a role without room for one more policy is found before, and named when it is met too late", async () => {
    await fill(WORKER, 10);

    expect(await problem(iamDeny, await subject())).toMatch(
      /orders-worker has 10 managed policies, and the account allows 10/,
    );
    await expect(iamDeny.raise(await subject(), world.deps)).rejects.toMatchObject({
      name: "GuardFailed",
      message: expect.stringContaining("orders-worker"),
    });
    await iamDeny.lower(await subject(), world.deps);
    expect(await world.attached(APP)).toEqual([]);
  });

  test("tenants, a missing role and a probe role that an earlier recovery left frozen are problems", async () => {
    expect(await problem(iamDeny, await subject("one", { tenants: ["a"] }))).toContain("whole table only");
    const { table } = await subject();
    const gone = { table: { ...table, applicationRoleArns: [roleArn("gone")] } };
    expect(await problem(iamDeny, await subject("one", gone))).toContain("role/gone does not exist");
    await world.attach(IAM_PROBE, DENY_POLICY);
    expect(await problem(iamDeny, await subject())).toContain("an earlier recovery left");
  });

  test("an attachment that somebody made before stays, one that somebody took off is told", async () => {
    await world.attach(APP, DENY_POLICY);
    const one = await subject();
    await iamDeny.raise(one, world.deps);
    await iamDeny.lower(await subject(), world.deps);

    expect(await world.attached(APP)).toEqual([DENY_POLICY]);
    expect(await world.attached(WORKER)).toEqual([]);
    expect(await world.attached(IAM_PROBE)).toEqual([]);
  });
});

describe("table-policy", () => {
  test("by tenants it stops these alone, also in a mixed batch", async () => {
    await tablePolicy.raise(await subject("one", { tenants: ["acme"] }), world.deps);

    expect(await world.write(APP, "acme")).toContain("explicit deny in a resource-based policy");
    expect(await world.write(APP, "globex")).toBe("written");
    expect(await world.write(APP, "acme2")).toBe("written");
  });

  test("thawing one of two tenants lets that one write, and lowering gives back what was there", async () => {
    await world.setPolicy(policy(FOREIGN));
    await tablePolicy.raise(await subject("one", { tenants: ["acme", "globex"] }), world.deps);

    const rest = await subject("one", { tenants: ["globex"] });
    await tablePolicy.thaw(rest, ["acme"], world.deps);
    await tablePolicy.thaw(rest, ["acme"], world.deps);

    expect(await world.write(APP, "acme")).toBe("written");
    expect(await world.write(APP, "globex")).toContain("explicit deny");
    expect(await tablePolicy.isUp(rest, world.deps)).toEqual({ up: true });
    await tablePolicy.lower(rest, world.deps);
    expect(await world.policyText()).toBe(policy(FOREIGN));
  });

  test("a statement that somebody adds meanwhile stays, and the note says so", async () => {
    const one = await subject();
    await tablePolicy.raise(one, world.deps);
    const { Statement } = JSON.parse((await world.policyText()) ?? "") as { Statement: object[] };
    await world.setPolicy(policy(FOREIGN, ...Statement));

    expect(await tablePolicy.isUp(one, world.deps)).toEqual({ up: true });
    expect((await tablePolicy.lower(one, world.deps))?.notes).toEqual([
      expect.stringContaining("somebody changed the policy"),
    ]);
    expect(await world.policyText()).toBe(policy(FOREIGN));
  });

  test("a statement of ours that somebody weakened is down", async () => {
    const one = await subject();
    await tablePolicy.raise(one, world.deps);
    const text = (await world.policyText()) ?? "";
    await world.setPolicy(text.replace('"dynamodb:DeleteItem",', ""));

    expect(await tablePolicy.isUp(one, world.deps)).toMatchObject({
      up: false,
      instead: expect.stringContaining("was changed"),
    });
  });

  test("a second change within the service's 15 seconds is transient, and done after them", async () => {
    world.conditions.tablePolicyChangeBlockMs = 15_000;
    world.pass(60);
    const one = await subject();
    await tablePolicy.raise(one, world.deps);
    world.pass(5);

    await expect(tablePolicy.lower(one, world.deps)).rejects.toMatchObject({ name: "TransientFailure" });
    await expect(tablePolicy.raise(one, world.deps)).resolves.toBeUndefined();
    world.pass(11);
    await tablePolicy.lower(one, world.deps);

    expect(await world.policyText()).toBeUndefined();
  });

  test("a policy that is read too late to show the statement is looked at again, and never taken for lowered", async () => {
    const one = await subject();
    await tablePolicy.raise(one, world.deps);
    world.deps.aws.dynamodb.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === "GetResourcePolicyCommand")
          throw Object.assign(new Error("not found"), { name: "PolicyNotFoundException" });
        return next(args);
      },
      { step: "initialize", name: "stale" },
    );
    world.pass(4);

    await expect(tablePolicy.lower(one, world.deps)).rejects.toMatchObject({ name: "TransientFailure" });
    world.deps.aws.dynamodb.middlewareStack.remove("stale");
    world.pass(16);
    expect(await tablePolicy.lower(one, world.deps)).toEqual({ notes: [] });

    expect(await world.policyText()).toBeUndefined();
    expect(await tablePolicy.lower(one, world.deps)).toEqual({ notes: [] });
  });

  test.each([
    [
      "a policy without room for the statement",
      policy({ ...FOREIGN, Sid: "x".repeat(19_900) }),
      {},
      /would have \d+ bytes, and 20480 are allowed/,
    ],
    [
      "a statement that an earlier recovery left",
      policy({ ...FOREIGN, Sid: "Backstitchearlier" }),
      {},
      /Backstitchearlier/,
    ],
    ["a tenant beyond Latin-1", undefined, { tenants: ["Łódź"] }, /beyond U\+00FF/],
    [
      "a tenant that needs a policy variable under an old policy version",
      JSON.stringify({ Version: "2008-10-17", Statement: [FOREIGN] }),
      { tenants: ["a${b"] },
      /2008-10-17/,
    ],
  ] as const)("preflight names %s", async (_what, text, change, message) => {
    if (text) await world.setPolicy(text);

    expect(await problem(tablePolicy, await subject("one", { ...change }))).toMatch(message);
  });
});

/** What the machine's Retry does. */
async function untilDone(run: () => Promise<unknown>): Promise<void> {
  for (;;)
    try {
      await run();
      return;
    } catch (error) {
      if (!(error instanceof Error && error.name === "TransientFailure")) throw error;
    }
}
