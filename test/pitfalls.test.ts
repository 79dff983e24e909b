/** Pitfalls that have no better home. 35 to 37 stand with the rules, 38 and 39 with the writer's stories. */
import { readFileSync } from "node:fs";
import { PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { activateReadOnly } from "../functions/activate-read-only.ts";
import { Answer, RecoveryRequest } from "../functions/contracts.ts";
import { liftReadOnly } from "../functions/lift-read-only.ts";
import { onRecoveryEnded } from "../functions/on-recovery-ended.ts";
import { assertReadOnlyHolds } from "../functions/read-only/holds.ts";
import { readOnlyRecord } from "../functions/read-only/read-only-record.ts";
import { verifyReadOnly } from "../functions/verify-read-only.ts";
import { REPAIRING_STEPS, STEP_SETTINGS } from "../infra/step-settings.ts";
import { GuardedWorld } from "./functions/read-only/guarded-world.ts";
import { IAM_PROBE, TABLE_PROBE } from "./functions/read-only/recovery-fixture.ts";
import { REAL_CORE } from "./functions/repair/support/core.ts";
import { attribute, images, item, KEY } from "./functions/repair/support/items.ts";
import { play, versioned } from "./functions/repair/support/stories/scene.ts";

interface Way {
  readonly Condition?: string;
  readonly Next?: string;
}
interface State extends Way {
  readonly Default?: string;
  readonly Choices?: readonly Way[];
  readonly Catch?: readonly Way[];
  readonly ItemProcessor?: { readonly States: Readonly<Record<string, State>> };
  readonly TimeoutSeconds?: number | string;
}
const { States: states } = JSON.parse(
  readFileSync(new URL("../statemachines/recover.asl.json", import.meta.url), "utf8"),
) as { States: Record<string, State> };

describe("40: a version that is taken back lets a stale writer pass", () => {
  /** An application that read the item with this version, and writes only if nobody wrote since. */
  const staleWrite = (version: number) => ({
    TableName: "orders",
    ConditionExpression: "#v = :v",
    ExpressionAttributeNames: { "#v": "v" },
    ExpressionAttributeValues: { ":v": attribute(version) },
  });

  test("so an update raises it, and who read the damaged item is refused", async () => {
    const planned = images({ a: 1, v: 1 }, { a: 2, v: 2 }, { a: 2, v: 2 });
    const { table, outcome } = await play(REAL_CORE, { planned, by: versioned });
    expect(outcome).toMatchObject({ outcome: "written" });

    for (const version of [1, 2]) {
      const write = new UpdateItemCommand({ ...staleWrite(version), Key: KEY, UpdateExpression: "REMOVE a" });
      await expect(table.send(write)).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
    }
    expect(table.item).toEqual(item({ a: 1, v: 3 }));
  });

  test("so a put leaves behind every number that it may have had since", async () => {
    const { table } = await play(REAL_CORE, { planned: images({ a: 1, v: 7 }, null, null), by: versioned });

    for (const version of [7, 8, 900_000]) {
      const write = new PutItemCommand({ ...staleWrite(version), Item: item({ a: 9 }) });
      await expect(table.send(write)).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
    }
  });
});

describe("freezes", () => {
  let world: GuardedWorld;
  beforeEach(async () => {
    world = await GuardedWorld.start();
  });
  afterEach(() => world.close());

  const step = { recoveryId: "recovery-1", table: "orders" };
  const visit = () => verifyReadOnly({ ...step, since: world.since, purpose: "freeze" }, world.deps);
  const guards = async () => (await readOnlyRecord("recovery-1", world.deps))?.guards;
  const takeAllowFrom = (role: string) =>
    world.deps.aws.iam.send(new DeleteRolePolicyCommand({ RoleName: role.split("/").at(-1), PolicyName: "write" }));

  test.each([
    ["iam-deny", IAM_PROBE],
    ["table-policy", TABLE_PROBE],
  ] as const)("41: a probe role without its Allow proves nothing: %s is not raised", async (guard, role) => {
    await world.begin("recovery-1", { guards: [guard] });
    await takeAllowFrom(role);
    const before = await world.guardsAsTheyAre();

    await expect(activateReadOnly(step, world.deps)).rejects.toMatchObject({
      name: "GuardFailed",
      message: expect.stringMatching(`Guard ${guard} was not raised.*needs dynamodb:UpdateItem`),
    });

    expect(await world.guardsAsTheyAre()).toEqual(before);
  });

  test("41: a probe role that loses its Allow while its guard does not work is denied, and the guard stays unproven", async () => {
    world.conditions.tablePolicyPropagationMs = Number.POSITIVE_INFINITY;
    await world.begin("recovery-1", { guards: ["table-policy"] });
    await activateReadOnly(step, world.deps);
    await takeAllowFrom(TABLE_PROBE);

    expect(await visit()).toMatchObject({ status: "pending" });

    expect(await guards()).toMatchObject({
      "table-policy": { proof: "pending", denials: [], lastProbe: { got: "denied otherwise" } },
    });
  });

  test.each([
    ["iam-deny", "table-policy", "iamPropagationMs"],
    ["table-policy", "iam-deny", "tablePolicyPropagationMs"],
  ] as const)(
    "41: where %s does not work, the denials of %s do not stand in for it",
    async (broken, works, condition) => {
      world.conditions[condition] = Number.POSITIVE_INFINITY;
      await world.begin("recovery-1", { guards: ["iam-deny", "table-policy"] });
      await activateReadOnly(step, world.deps);

      expect(await visit()).toMatchObject({ status: "pending" });

      expect(await guards()).toMatchObject({
        [works]: { proof: "proven" },
        [broken]: { proof: "pending", lastProbe: { got: "open" } },
      });
    },
  );

  test("42: a redrive never goes back to the state that freezes, so what it re-enters refuses, and says how to freeze again", async () => {
    const recovery = await world.begin("recovery-1");
    await activateReadOnly(step, world.deps);
    world.pass(31);
    expect(await visit()).toMatchObject({ status: "proven" });
    await liftReadOnly(step, world.deps);
    const lifted = await world.guardsAsTheyAre();

    const lost = { name: "ReadOnlyLost", message: expect.stringMatching(/activate-read-only[\s\S]*redrive-execution/) };
    await expect(visit()).rejects.toMatchObject(lost);
    await expect(verifyReadOnly({ ...step, since: world.since, purpose: "confirm" }, world.deps)).rejects.toMatchObject(
      lost,
    );
    await expect(assertReadOnlyHolds(recovery, world.deps)).rejects.toMatchObject(lost);

    // None of them raises by itself what a person took down.
    expect(await world.guardsAsTheyAre()).toEqual(lifted);
  });

  test("43: events come at best effort, so the records alone say what is frozen, at every moment", async () => {
    await world.begin("recovery-1", { guards: ["table-policy"] });
    world.deps.aws.dynamodb.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === "PutResourcePolicyCommand") {
          expect(await readOnlyRecord("recovery-1", world.deps)).toMatchObject({ state: "raising" });
          await next(args);
          throw new Error("killed");
        }
        return next(args);
      },
      { step: "initialize", name: "kill" },
    );

    await expect(activateReadOnly(step, world.deps)).rejects.toThrow("killed");

    expect(await world.policyText()).toContain("Backstitch");
    expect(await readOnlyRecord("recovery-1", world.deps)).toMatchObject({ state: "raising" });
  });

  test("43: a child of a map that fails is no recovery that ended", async () => {
    await world.begin("recovery-1");
    const machine = world.deps.environment.STATE_MACHINE_ARN;
    const child = {
      executionArn: "arn:child",
      name: "recovery-1",
      stateMachineArn: `${machine}/ApplyRepairs`,
      status: "FAILED" as const,
      startDate: 0,
    };

    expect(await onRecoveryEnded({ detail: child }, world.deps)).toBeUndefined();

    expect(await world.deps.recoveries.get("recovery-1", "ended")).toBeUndefined();
  });
});

describe("44: StartExecution tells nobody who started it", () => {
  test("so a request can't name anybody, and an answer must", () => {
    const request = { table: "orders", badSince: "2026-11-20T02:20:00Z" };
    const hash = "0".repeat(64);
    const answers = [
      { recoveryId: "r-1", answer: "approve", planHash: hash },
      { recoveryId: "r-1", answer: "reject" },
      { recoveryId: "r-1", answer: "replan", rules: {} },
      { recoveryId: "r-1", answer: "continue" },
    ];

    expect(RecoveryRequest.safeParse(request).success).toBe(true);
    for (const field of ["by", "startedBy", "approvedBy"])
      expect(RecoveryRequest.safeParse({ ...request, [field]: "me" }).success).toBe(false);
    for (const answer of answers) {
      expect(Answer.safeParse({ ...answer, by: "ann" }).error?.issues ?? []).toEqual([]);
      expect(Answer.safeParse(answer).success).toBe(false);
    }
  });

  test("so starting approves nothing: no way leads to a write past the record of an approval", () => {
    // A decision about the trial or what follows it is asked for only by states that come after the approval.
    const later = /\$about = '(trial|repairs|health)'/;
    const reachable = new Set<string>();
    const follow = (name: string | undefined): void => {
      const state = states[name ?? ""];
      if (!name || !state || name === "ReadApproval" || reachable.has(name)) return;
      reachable.add(name);
      for (const { Condition = "", Next } of [state, ...(state.Choices ?? []), ...(state.Catch ?? [])])
        if (!later.test(Condition)) follow(Next);
      follow(state.Default);
    };
    follow("Preflight");

    expect([...reachable]).toContain("AwaitApproval");
    expect(
      [...reachable].filter((name) => /^(ConfirmReadOnly|RepairTrial|BeginRepairs|ApplyRepairs)$/.test(name)),
    ).toEqual([]);
    for (const name of reachable) expect(JSON.stringify(states[name])).not.toMatch(/"about":"(trial|repairs|health)"/);
  });
});

test("45: a writer is dead before its Task gives it up, so no retry of the machine starts beside it", () => {
  const tasks = {
    RepairTrial: states.RepairTrial,
    ApplyPart: states.ApplyRepairs?.ItemProcessor?.States.ApplyPart,
  };

  expect(Object.keys(tasks).sort()).toEqual([...REPAIRING_STEPS].sort());
  for (const step of REPAIRING_STEPS)
    expect(tasks[step]?.TimeoutSeconds).toBeGreaterThan(STEP_SETTINGS[step].timeoutSeconds);
});
