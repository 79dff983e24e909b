/** A table's policy that can't be merged back: it is told by name with what to do, it stays, and the other guards come down. */
import { DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { activateReadOnly } from "../../../functions/activate-read-only.ts";
import { liftReadOnly } from "../../../functions/lift-read-only.ts";
import { sidOf } from "../../../functions/read-only/deny-statement.ts";
import { MAX_POLICY_BYTES } from "../../../functions/read-only/policy-document.ts";
import { readOnlyRecord } from "../../../functions/read-only/read-only-record.ts";
import { AwsError } from "../../../local/service.ts";
import { GuardedWorld, policy } from "./guarded-world.ts";
import { APP, TABLE_ARN, WORKER } from "./recovery-fixture.ts";

const STEP = { recoveryId: "recovery-1", table: "orders" };
const SID = sidOf(STEP.recoveryId);
const THEIRS = { Sid: "Theirs", Effect: "Deny", Principal: "*", Action: "dynamodb:DeleteTable", Resource: TABLE_ARN };

let world: GuardedWorld;
beforeEach(async () => {
  world = await GuardedWorld.start();
  await world.begin(STEP.recoveryId);
  await world.setPolicy(policy(THEIRS));
  await activateReadOnly(STEP, world.deps);
  world.pass(30);
});
afterEach(() => world.close());

async function ours(): Promise<Record<string, unknown>> {
  const { Statement } = JSON.parse((await world.policyText()) ?? "") as { Statement: Record<string, unknown>[] };
  return Statement.find(({ Sid }) => Sid === SID) ?? {};
}

/** Statements of somebody else that leave so many bytes of what a policy may have. */
async function fillUpTo(bytesLeft: number, ...statements: readonly object[]): Promise<string> {
  const empty = policy(...statements, { ...THEIRS, Sid: "" });
  const text = policy(...statements, { ...THEIRS, Sid: "x".repeat(MAX_POLICY_BYTES - empty.length - bytesLeft) });
  await world.setPolicy(text);
  return text;
}

async function expectOthersDown(): Promise<void> {
  expect(await world.flag()).toBe("none");
  expect([await world.attached(APP), await world.attached(WORKER)]).toEqual([[], []]);
}

const lift = () => liftReadOnly(STEP, world.deps);
const state = async () => (await readOnlyRecord(STEP.recoveryId, world.deps))?.state;

test("one that others filled to its last byte loses our statement alone", async () => {
  await fillUpTo(0, await ours());

  const { notes } = await lift();

  expect(notes).toEqual([expect.stringContaining(`only statement "${SID}" was taken out, the rest stays`)]);
  expect(await world.policyText()).toContain("xxx");
  expect(await world.policyText()).not.toContain(SID);
  await expectOthersDown();
});

test("one without room for our statement can't be frozen again: it is told with its bytes, and lifted it stays", async () => {
  const text = await fillUpTo(10);

  await expect(activateReadOnly(STEP, world.deps)).rejects.toMatchObject({
    name: "GuardFailed",
    message: expect.stringMatching(/table-policy can't be raised: .*would have 2\d{4} bytes, and 20480 .*shorten/),
  });
  const { notes } = await lift();

  expect(notes).toEqual([expect.stringContaining(`statement "${SID}" was already gone`)]);
  expect(await world.policyText()).toBe(text);
  await expectOthersDown();
});

test("a statement of somebody else under our Sid stays, is told, and nothing of ours goes beside it", async () => {
  const taken = { ...THEIRS, Sid: SID, Action: "dynamodb:UpdateTable" };
  const text = policy(THEIRS, taken);
  await world.setPolicy(text);

  await expect(activateReadOnly(STEP, world.deps)).rejects.toMatchObject({
    name: "GuardFailed",
    message: expect.stringMatching(new RegExp(`"${SID}" that somebody else wrote .*give it another Sid`)),
  });
  const { notes } = await lift();

  expect(notes).toEqual([expect.stringContaining(`another statement under the Sid "${SID}"`)]);
  expect(await world.policyText()).toBe(text);
  expect(await state()).toBe("lifted");
  await expectOthersDown();
  expect((await lift()).notes).toEqual([expect.stringContaining("Already lifted")]);
  expect(await world.policyText()).toBe(text);
});

test("our own statement, made weaker by hand, goes, and the note says that somebody changed it", async () => {
  const { Action, ...rest } = await ours();
  await world.setPolicy(policy(THEIRS, { ...rest, Action: "dynamodb:PutItem" }));
  expect(Action).toHaveLength(7);

  const { notes } = await lift();

  expect(notes).toEqual([expect.stringContaining(`somebody changed statement "${SID}"`)]);
  expect(await world.policyText()).toBe(policy(THEIRS));
});

test("one that DynamoDB refuses is told with its reason and the commands, stays, and a second lift ends it", async () => {
  const text = await world.policyText();
  world.intercept = ({ action }, proceed) => {
    if (action === "PutResourcePolicy") throw new AwsError("ValidationException", "Invalid principal in policy");
    return proceed();
  };

  await expect(lift()).rejects.toMatchObject({
    name: "GuardFailed",
    message: expect.stringMatching(
      new RegExp(
        `"orders" \\(Invalid principal in policy\\): nothing was changed.*without statement "${SID}".*\naws dynamodb get-resource-policy .*${TABLE_ARN}.*\naws dynamodb put-resource-policy .*${TABLE_ARN}`,
      ),
    ),
  });
  expect(await world.policyText()).toBe(text);
  expect(await state()).toBe("lifting");
  await expectOthersDown();

  world.intercept = undefined;
  expect(await lift()).toEqual({ lifted: true, notes: [] });
  expect(await world.policyText()).toBe(policy(THEIRS));
});

test("one that is no document with statements is told with its revision and the commands, and stays", async () => {
  const text = await world.policyText();
  world.intercept = async ({ action }, proceed) => {
    const response = await proceed();
    if (action !== "GetResourcePolicy") return response;
    return { ...response, body: JSON.stringify({ Policy: '{"Statement":"?"}', RevisionId: "17" }) };
  };

  await expect(lift()).rejects.toMatchObject({
    name: "GuardFailed",
    message: expect.stringMatching(
      /"orders" \(revision 17\): it is not a document .*\naws dynamodb get-resource-policy/,
    ),
  });
  await expectOthersDown();
  world.intercept = undefined;
  expect(await world.policyText()).toBe(text);
  await lift();
  expect(await world.policyText()).toBe(policy(THEIRS));
});

test("of a table that was deleted there is nothing to take out of: the other guards come down", async () => {
  await world.deps.aws.dynamodb.send(new DeleteTableCommand({ TableName: "orders" }));

  const { notes } = await lift();

  expect(notes).toEqual([expect.stringContaining('table "orders" does not exist any more')]);
  expect(await state()).toBe("lifted");
  await expectOthersDown();
});
