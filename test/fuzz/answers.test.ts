/** Made-up answers through AnswerRecovery's own code: recorded by rule or refused by name, and nothing else happens. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { World } from "../scenarios/support/world.ts";
import type { Item } from "../support/deployed-pocket-aws.ts";
import { ASKED, askForApproval } from "./support/asked.ts";
import { fuzz, runs } from "./support/fuzz.ts";
import { FuzzStage, PLANTED } from "./support/fuzz-stage.ts";
import { jsonOf, junk, longText, telling } from "./support/junk.ts";
import { mutatedBy, mutation } from "./support/mutations.ts";
import { refusal } from "./support/refusal.ts";

const NAMES = ["InvalidInput", "InvalidAnswer", "UnknownRecovery"];
const LOOK_EVERY = 200;

let stage: FuzzStage;
let planHash: string;
let world: World;
let records: ReadonlyMap<string, Item>;

beforeAll(async () => {
  stage = await FuzzStage.start();
  planHash = await askForApproval(stage);
  await stage.load("backstitch-answer-recovery", () => import("../../functions/answer-recovery.ts"));
  [world, records] = [await stage.world(), await stage.records()];
}, 240_000);

afterAll(() => stage?.close());

const by = fc.oneof({ weight: 4, arbitrary: fc.constant("ann") }, { weight: 1, arbitrary: telling });
const recoveryId = fc.oneof(
  { weight: 6, arbitrary: fc.constant<string>(ASKED) },
  { weight: 1, arbitrary: fc.constantFrom("nobody", "lock", "flag", "watch", "a b") },
);
const groups = fc.constantFrom<unknown>(
  undefined,
  [{ kind: "updated", attributes: ["total"] }],
  [{ kind: "created" }],
  [{ kind: "updated", attributes: ["total"], revert: ["note"] }],
  Array(20_000).fill({ kind: "deleted" }),
);
const rules = fc.constantFrom<unknown>(
  {},
  { conflicts: "merge", created: "delete" },
  { damagedWhen: "after.total <", attributes: { only: ["total"] } },
  { damagedWhen: "(".repeat(4000) },
  { attributes: { only: ["sk"], set: { version: "1" } } },
  { attributes: { only: ["x".repeat(500_000)] } },
);

/** Answers of every kind; the hash is put in when it is known. */
const right = fc.oneof(
  fc.record({
    recoveryId,
    answer: fc.constant("approve"),
    planHash: fc.constantFrom("PLAN HASH", "0".repeat(64)),
    groups,
    by,
  }),
  fc.record({ recoveryId, answer: fc.constant("replan"), rules, by }),
  fc.record({ recoveryId, answer: fc.constantFrom("reject", "continue", "stop", "lift", "abandon"), by }),
);

const answers: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: right.map(jsonOf) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(right, fc.array(mutation, { minLength: 1, maxLength: 3 }))
      .map(([answer, mutations]) => jsonOf(mutatedBy(JSON.parse(jsonOf(answer)), mutations))),
  },
  { weight: 1, arbitrary: fc.oneof(junk, longText).map(jsonOf) },
);

test("an answer is recorded for the recovery that asked or refused by name, whatever stands in it", async () => {
  let calls = 0;
  const ends = await fuzz("answers", answers, runs(400), async (text) => {
    const answer = text.replace("PLAN HASH", planHash);
    stage.changing.length = 0;
    const end = await stage.call(answer).catch((error: Error) => error);
    const asked = [...stage.changing];
    const changed = asked.length > 0 ? await stage.putRecordsBack(records) : [];
    if (++calls % LOOK_EVERY === 0) expect(await stage.world()).toEqual(world);
    if (!(end instanceof Error)) throw new Error("accepted, though nobody can be woken");
    const refusedAs = refusal(end, { names: NAMES, planted: PLANTED, given: answer });
    expect(changed.filter((record) => !record.startsWith(`${ASKED} approval`))).toEqual([]);
    if (changed.length > 0) expect(end.message).toContain("is recorded");
    return changed.length > 0 ? "recorded" : refusedAs;
  });
  expect(await stage.world()).toEqual(world);
  expect(ends.recorded).toBeGreaterThan(0);
  expect(ends.InvalidInput).toBeGreaterThan(0);
}, 1_200_000);
