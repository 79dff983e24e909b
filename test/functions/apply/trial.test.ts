import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Approval } from "../../../functions/answers/records.ts";
import { trialEntries } from "../../../functions/apply/trial.ts";
import { applyPart } from "../../../functions/apply-part.ts";
import { repairTrial } from "../../../functions/repair-trial.ts";
import { DELETED, GHOST, RECOVERY_ID, STEP, StepsWorld, type Story, WRONG_TOTAL } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

const chosen = async (approval: Approval) =>
  (await trialEntries(await world.recovery(), approval, world.deps)).map(
    ({ key, repair }) => `${repair.action} ${key.sk?.N}`,
  );
const LOST_NOTE: Story = { before: { note: "a" }, live: {} };
const steps = ({ approvedHash }: Approval) => ({ ...STEP, round: 1, planHash: approvedHash });

describe("the trial", () => {
  test("takes one item of each kind of repair and group", async () => {
    await world.happened([WRONG_TOTAL, WRONG_TOTAL, LOST_NOTE, LOST_NOTE, DELETED, DELETED, GHOST]);

    expect(await chosen(await world.approved())).toEqual(["update 1", "update 3", "put 5"]);
  });

  test("takes what the approver chose, and the same ones every time", async () => {
    await world.happened([WRONG_TOTAL, GHOST, GHOST, DELETED]);
    const groups = [
      { kind: "created" as const, attributes: [] },
      { kind: "updated" as const, attributes: ["total"] },
    ];
    const approval = await world.approved({ groups });

    expect(await chosen(approval)).toEqual(["update 1", "delete 2"]);
    expect(await chosen(approval)).toEqual(["update 1", "delete 2"]);
  });

  test("takes ten items at most, from as many parts as there are", async () => {
    const groupsApart = Array.from({ length: 12 }, (_, index) => ({
      before: { [`attribute-${index}`]: 1 },
      live: { [`attribute-${index}`]: 2 },
    }));
    await world.happened(groupsApart, 3);

    expect(await chosen(await world.approved())).toHaveLength(10);
  });

  test("takes nothing where the choice writes nothing", async () => {
    await world.happened([
      WRONG_TOTAL,
      { before: { total: 1 }, after: { total: 9, note: "x" }, live: { total: 5, note: "x" } },
    ]);
    const approval = await world.approved({
      groups: [{ kind: "updated", attributes: ["note", "total"], revert: ["total"] }],
    });

    expect(await chosen(approval)).toEqual([]);
    expect(await repairTrial(steps(approval), world.deps)).toEqual({ items: 0 });
  });

  test("comes before everything else, and the parts leave its items out", async () => {
    await world.happened([WRONG_TOTAL, WRONG_TOTAL, DELETED]);
    const approval = await world.approved();

    expect(await repairTrial(steps(approval), world.deps)).toEqual({ items: 2 });
    expect([await world.live(1), await world.live(2), await world.live(3)]).toEqual([
      { total: "1" },
      { total: "9" },
      { total: "2" },
    ]);
    await applyPart({ ...steps(approval), part: "00001-0" }, world.deps);

    expect(await world.live(2)).toEqual({ total: "1" });
    const journal = world.pocket.s3.text(`recoveries/${RECOVERY_ID}/journal/${approval.approvedHash}/00001-0.json`);
    expect(JSON.parse(journal).entries).toHaveLength(1);
  });

  test("is not led astray by another plan.json in the bucket", async () => {
    await world.happened([WRONG_TOTAL, WRONG_TOTAL]);
    const approval = await world.approved();
    await world.deps.artifacts.putJson(RECOVERY_ID, "plan/1/plan.json", { candidates: [] });

    expect(await chosen(approval)).toEqual(["update 1"]);
  });
});
