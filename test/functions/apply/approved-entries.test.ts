import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { approvedEntries } from "../../../functions/apply/approved-entries.ts";
import { applyPart } from "../../../functions/apply-part.ts";
import type { PlannedPart } from "../../../functions/plan/plan-record.ts";
import { plannedPartRecord } from "../../../functions/plan/plan-record.ts";
import { GHOST, RECOVERY_ID, STEP, StepsWorld, WRONG_TOTAL } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
  await world.happened([WRONG_TOTAL, GHOST]);
});
afterEach(() => world.close());

const PART = "00001-0";
const tamper = () => world.deps.artifacts.putJson(RECOVERY_ID, `plan/1/${PART}.json`, { entries: [] });

describe("the entries of an approved part", () => {
  test("are those of the plan", async () => {
    const entries = await approvedEntries(await world.recovery(), PART, await world.approved(), world.deps);

    expect(entries.map(({ repair }) => repair.action)).toEqual(["update", "created"]);
  });

  test("are planned again from their images by the approver's choice, without another look at the table", async () => {
    const approval = await world.approved({ groups: [{ kind: "created", attributes: [] }] });
    world.failBefore(
      (command) => command.constructor.name === "BatchGetItemCommand",
      new Error("the table was read again"),
    );

    const entries = await approvedEntries(await world.recovery(), PART, approval, world.deps);

    expect(entries.map(({ repair }) => repair.action)).toEqual(["not-damaged", "delete"]);
  });

  test("are read in the version that was planned, whatever was written over it", async () => {
    const approval = await world.approved();
    await tamper();

    expect(await approvedEntries(await world.recovery(), PART, approval, world.deps)).toHaveLength(2);
  });

  test("whose bytes are not those of the plan are refused, and nothing is written", async () => {
    const approval = await world.approved();
    await tamper();
    // A bucket without versions, or one whose versions somebody deleted.
    const record = plannedPartRecord(approval.planHash, PART);
    const { versionId: _gone, ...pin } = (await world.deps.recoveries.get<PlannedPart>(RECOVERY_ID, record)) ?? {
      part: PART,
      entries: 0,
      sha256: "",
    };
    await world.deps.recoveries.put(RECOVERY_ID, record, pin);

    await expect(
      applyPart({ ...STEP, round: 1, planHash: approval.approvedHash, part: PART }, world.deps),
    ).rejects.toMatchObject({ name: "PlanMismatch", message: expect.stringContaining(`plan/1/${PART}.json`) });
    expect(await world.live(1)).toEqual({ total: "9" });
  });

  test("of a part that the plan does not have are refused", async () => {
    const approval = await world.approved();

    await expect(approvedEntries(await world.recovery(), "00009-0", approval, world.deps)).rejects.toMatchObject({
      name: "PlanMismatch",
      message: expect.stringContaining("00009-0"),
    });
  });
});
