import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerRecovery } from "../../functions/answer-recovery.ts";
import { type Approval, approvalRecord } from "../../functions/answers/records.ts";
import { awaitDecision } from "../../functions/await-decision.ts";
import type { Answer } from "../../functions/contracts.ts";
import { readApproval } from "../../functions/read-approval.ts";
import { readDecision } from "../../functions/read-decision.ts";
import { DELETED, GHOST, named, RECOVERY_ID, STEP, StepsWorld, WRONG_TOTAL } from "./support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

type WithoutWho<One> = One extends Answer ? Omit<One, "recoveryId" | "by"> : never;
const give = (answer: WithoutWho<Answer>, by = "ann") =>
  answerRecovery({ recoveryId: RECOVERY_ID, by, ...answer } as Answer, world.deps);
const recorded = () => world.deps.recoveries.get<Approval>(RECOVERY_ID, approvalRecord(1));
const refused = (message: string) => ({ name: "InvalidAnswer", message: expect.stringContaining(message) });

describe("an answer to a plan", () => {
  let planHash: string;
  beforeEach(async () => {
    await world.happened([WRONG_TOTAL, DELETED, GHOST]);
    ({ planHash } = await world.plan());
    await world.ask(planHash);
  });

  test("is recorded with who and when before the execution is woken, and is what the machine reads", async () => {
    const { approvedHash } = await give({ answer: "approve", planHash });

    expect(await recorded()).toMatchObject({ answer: "approve", planHash, approvedHash, by: "ann", at: world.at });
    expect(world.woken).toEqual([{ taskToken: "token", output: '{"answer":"approve"}' }]);
    expect(await readApproval({ ...STEP, round: 1, planHash }, world.deps)).toEqual({
      answer: "approve",
      approvedHash,
    });
  });

  test("may be repeated where its reply was lost, also when the execution has taken it", async () => {
    const first = await give({ answer: "approve", planHash });
    expect(await give({ answer: "approve", planHash }, "bob")).toEqual(first);
    world.wakeError = named("TaskTimedOut");
    expect(await give({ answer: "approve", planHash })).toEqual(first);

    expect(await recorded()).toMatchObject({ by: "ann" });
  });

  test.each([
    ["another answer", { answer: "reject" }],
    ["the same plan with other groups", { answer: "approve", groups: [{ kind: "deleted", attributes: [] }] }],
  ])("stands: %s is refused, and who gave the first is named", async (_what, second) => {
    await give({ answer: "approve", planHash });

    await expect(give({ planHash, ...second } as never, "bob")).rejects.toMatchObject(refused("approve by ann"));

    expect(await recorded()).toMatchObject({ answer: "approve", by: "ann" });
    expect(world.woken).toHaveLength(1);
  });

  test("that comes too late says that it is recorded, and what to do", async () => {
    world.wakeError = named("TaskTimedOut");

    await expect(give({ answer: "reject" })).rejects.toMatchObject(
      refused("redrive it and give the same answer again"),
    );
  });

  test("is refused for another plan than the one asked about, and nothing is recorded", async () => {
    await expect(give({ answer: "approve", planHash: "0".repeat(64) })).rejects.toMatchObject(refused(planHash));

    expect(await recorded()).toBeUndefined();
    expect(world.woken).toEqual([]);
  });

  test.each([
    ["continue", "not for a decision"],
    ["stop", "approve, reject or replan"],
  ] as const)("is not %s", async (answer, message) => {
    await expect(give({ answer })).rejects.toMatchObject(refused(message));
  });

  test.each([
    ["a group that the plan does not have", [{ kind: "updated", attributes: ["totl"] }], "updated [total]"],
    ["a key shape that no item has", [{ kind: "updated", attributes: ["total"], keyShape: "pk=*" }], "of keys pk=*"],
    [
      "the same group twice",
      [
        { kind: "updated", attributes: ["total"], revert: ["total"] },
        { kind: "updated", attributes: ["total"] },
      ],
      "chosen twice",
    ],
    [
      "an attribute that the group did not change",
      [{ kind: "updated", attributes: ["total"], revert: ["note"] }],
      '"note"',
    ],
  ])("with %s is refused, since it would choose something else in silence", async (_what, groups, message) => {
    await expect(give({ answer: "approve", planHash, groups } as never)).rejects.toMatchObject(refused(message));

    expect(await recorded()).toBeUndefined();
  });

  test("has another hash for another choice, whatever the order of names", async () => {
    const groups = [
      { kind: "deleted" as const, attributes: [] },
      { kind: "updated" as const, attributes: ["total"] },
    ];
    const { approvedHash } = await give({ answer: "approve", planHash, groups });
    const again = await give({ answer: "approve", planHash, groups: [...groups].reverse() });

    expect(again.approvedHash).toBe(approvedHash);
    expect(approvedHash).not.toBe(planHash);
  });

  test("counts the deletes of the chosen groups that only the freeze makes safe", async () => {
    await give({ answer: "approve", planHash, groups: [{ kind: "created", attributes: [] }] });

    expect(await recorded()).toMatchObject({ deletesThatNeedFreeze: 1 });
  });

  test("counts none of them where what was created stays", async () => {
    await give({ answer: "approve", planHash });

    expect(await recorded()).toMatchObject({ deletesThatNeedFreeze: 0 });
  });

  test("replan keeps its rules, which must be as good as a request's", async () => {
    const rules = { conflicts: "skip", created: "report" } as const;
    const bad = { ...rules, attributes: { only: ["pk"] } };
    await expect(give({ answer: "replan", rules: bad })).rejects.toMatchObject(refused("key attribute"));
    expect(await recorded()).toBeUndefined();

    await give({ answer: "replan", rules });
    await expect(give({ answer: "replan", rules: { ...rules, conflicts: "merge" } })).rejects.toMatchObject(
      refused("It stands"),
    );

    expect(await recorded()).toMatchObject({ answer: "replan", rules });
  });

  test("is refused when the plan that people read is not the one that was made", async () => {
    const { summary, ...record } =
      (await world.deps.recoveries.get<Record<string, object>>(RECOVERY_ID, "plan#0001")) ?? {};
    await world.deps.recoveries.put(RECOVERY_ID, "plan#0001", { ...record, summary: { ...summary, sha256: "0" } });

    await expect(give({ answer: "approve", planHash })).rejects.toMatchObject({ name: "PlanMismatch" });
    expect(await recorded()).toBeUndefined();
  });

  test("is refused once the recovery has ended", async () => {
    await world.deps.recoveries.setStatus(RECOVERY_ID, world.deps.now(), { outcome: "Stopped" });

    await expect(give({ answer: "approve", planHash })).rejects.toMatchObject(refused("has ended (Stopped)"));
    expect(await recorded()).toBeUndefined();
  });
});

describe("a plan of two images", () => {
  beforeEach(async () => {
    const { incidentEnd: _unknown, ...recovery } = await world.recovery();
    await world.deps.recoveries.put(RECOVERY_ID, "recovery", recovery);
    await world.happened([WRONG_TOTAL]);
  });

  test("takes groups or the accept", async () => {
    const { planHash } = await world.plan();
    await world.ask(planHash);

    await expect(give({ answer: "approve", planHash })).rejects.toMatchObject(refused("two-way"));
    await give({ answer: "approve", planHash, accept: "may-lose-good-writes" });

    expect(await recorded()).toMatchObject({ accept: "may-lose-good-writes" });
  });
});

test("a plan that would write nothing is not approved as it stands", async () => {
  await world.happened([GHOST]);
  const { planHash } = await world.plan();
  await world.ask(planHash);

  await expect(give({ answer: "approve", planHash })).rejects.toMatchObject(refused("writes nothing"));

  await give({ answer: "approve", planHash, groups: [{ kind: "created", attributes: [] }] });
});

describe("an answer to a question", () => {
  const ask = (about: "trial" | "repairs", taskToken: string) =>
    awaitDecision({ ...STEP, about, taskToken }, world.deps);
  const read = (about: "trial" | "repairs") => readDecision({ ...STEP, about }, world.deps);

  test("is read by the machine, and only for the question that it was given to", async () => {
    await ask("trial", "token-1");
    expect(await read("trial")).toEqual({ answer: "none" });
    await give({ answer: "continue" });
    expect(await read("trial")).toEqual({ answer: "continue" });

    await ask("repairs", "token-2");
    expect(await read("repairs")).toEqual({ answer: "none" });
    expect(await read("trial")).toEqual({ answer: "none" });
    await give({ answer: "stop" });

    expect(await read("repairs")).toEqual({ answer: "stop" });
    expect(world.woken.map(({ taskToken }) => taskToken)).toEqual(["token-1", "token-2"]);
  });

  test("stands: a second one does not turn what the first one said", async () => {
    await ask("trial", "token-1");
    await give({ answer: "continue" });
    await give({ answer: "continue" }, "bob");

    await expect(give({ answer: "stop" }, "bob")).rejects.toMatchObject(refused("continue by ann"));

    expect(await read("trial")).toEqual({ answer: "continue" });
  });

  test("is kept when the step that asks is tried again under the same token", async () => {
    await ask("trial", "token-1");
    await give({ answer: "continue" });
    world.pocket.passSeconds(5);
    await ask("trial", "token-1");

    expect(await read("trial")).toEqual({ answer: "continue" });
  });

  test("is not approve", async () => {
    await ask("trial", "token-1");

    await expect(give({ answer: "approve", planHash: "0".repeat(64) })).rejects.toMatchObject(
      refused("a decision about the trial"),
    );
  });
});

describe("an answer is refused, and nothing recorded,", () => {
  test("for a recovery that nobody knows", async () => {
    await expect(
      answerRecovery({ recoveryId: "nobody", answer: "reject", by: "ann" }, world.deps),
    ).rejects.toMatchObject({ name: "UnknownRecovery" });
  });

  test("where nothing is asked yet", async () => {
    await expect(give({ answer: "reject" })).rejects.toMatchObject(refused("waits for nothing yet"));
    expect(await recorded()).toBeUndefined();
  });
});
