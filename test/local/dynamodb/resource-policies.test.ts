import {
  DeleteResourcePolicyCommand,
  GetResourcePolicyCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
  type PutResourcePolicyCommandInput,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTable, startWorld, tableArn, type World } from "./support.ts";

const TABLE = "orders";
const ARN = tableArn(TABLE);
let world: World;
let nowMs: number;

beforeEach(async () => {
  nowMs = 1_800_000_000_000;
  world = await startWorld({}, { now: () => nowMs });
  await createTable(world, TABLE);
});
afterEach(() => world.close());

function policy(...sids: readonly string[]): string {
  const statement = (Sid: string) => ({
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action: ["dynamodb:PutItem"],
    Resource: ARN,
  });
  return JSON.stringify({ Version: "2012-10-17", Statement: sids.map(statement) });
}

function store(Policy: string, extra: Partial<PutResourcePolicyCommandInput> = {}) {
  return world.client.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy, ...extra }));
}

const stored = () => world.client.send(new GetResourcePolicyCommand({ ResourceArn: ARN }));
const takeOff = (ExpectedRevisionId?: string) =>
  world.client.send(
    new DeleteResourcePolicyCommand({
      ResourceArn: ARN,
      ...(ExpectedRevisionId === undefined ? {} : { ExpectedRevisionId }),
    }),
  );

/** The Sids of the policy that a write is decided by at this moment. */
async function enforcedSids(): Promise<readonly (string | undefined)[] | undefined> {
  world.authorizer.asked = [];
  await world.client.send(new PutItemCommand({ TableName: TABLE, Item: { pk: { S: "x" } } }));
  return world.authorizer.asked.at(-1)?.resourcePolicy?.Statement.map((statement) => statement.Sid);
}

describe("a table's policy", () => {
  test("is shown at once and enforced when it has propagated", async () => {
    world.conditions.tablePolicyPropagationMs = 5000;
    const { RevisionId } = await store(policy("first"));

    expect(await stored()).toMatchObject({ Policy: policy("first"), RevisionId });
    expect(await enforcedSids()).toBeUndefined();
    nowMs += 4999;
    expect(await enforcedSids()).toBeUndefined();
    nowMs += 1;
    expect(await enforcedSids()).toEqual(["first"]);
  });

  test("stays the previous one until the next has propagated, and for ever if that never does", async () => {
    await store(policy("first"));
    world.conditions.tablePolicyPropagationMs = Number.POSITIVE_INFINITY;

    await store(policy("second"));

    nowMs += 86_400_000;
    expect((await stored()).Policy).toBe(policy("second"));
    expect(await enforcedSids()).toEqual(["first"]);
  });

  test("that was taken off is enforced until that has propagated", async () => {
    await store(policy("first"));
    world.conditions.tablePolicyPropagationMs = 1000;

    await takeOff();

    await expect(stored()).rejects.toMatchObject({ name: "PolicyNotFoundException" });
    expect(await enforcedSids()).toEqual(["first"]);
    nowMs += 1000;
    expect(await enforcedSids()).toBeUndefined();
  });

  test("given when the table is made is enforced from the first request", async () => {
    world.conditions.tablePolicyPropagationMs = Number.POSITIVE_INFINITY;
    const born = JSON.stringify({
      Statement: { Sid: "born", Effect: "Deny", Principal: "*", Action: "dynamodb:Scan", Resource: tableArn("born") },
    });

    await createTable(world, "born", { ResourcePolicy: born });

    world.authorizer.asked = [];
    await world.client.send(new PutItemCommand({ TableName: "born", Item: { pk: { S: "x" } } }));
    expect(world.authorizer.asked.at(-1)?.resourcePolicy?.Statement[0]?.Sid).toBe("born");
  });

  test("put again as it is keeps its revision, and blocks nothing", async () => {
    world.conditions.tablePolicyChangeBlockMs = 15_000;
    const first = await store(policy("first"));
    nowMs += 1;

    const again = await store(policy("first"));

    expect(again.RevisionId).toBe(first.RevisionId);
  });

  test("cannot be changed again for 15 seconds", async () => {
    world.conditions.tablePolicyChangeBlockMs = 15_000;
    await store(policy("first"));
    nowMs += 14_999;

    await expect(store(policy("second"))).rejects.toMatchObject({ name: "ResourceInUseException" });
    await expect(takeOff()).rejects.toMatchObject({ name: "ResourceInUseException" });
    nowMs += 1;
    await expect(store(policy("second"))).resolves.toBeDefined();
  });

  test("changes only from the revision that was expected", async () => {
    const { RevisionId: first = "" } = await store(policy("first"), { ExpectedRevisionId: "NO_POLICY" });
    const { RevisionId: second = "" } = await store(policy("second"), { ExpectedRevisionId: first });

    const mismatch = { name: "PolicyNotFoundException" };
    await expect(store(policy("third"), { ExpectedRevisionId: first })).rejects.toMatchObject(mismatch);
    await expect(store(policy("third"), { ExpectedRevisionId: "NO_POLICY" })).rejects.toMatchObject(mismatch);
    await expect(takeOff(first)).rejects.toMatchObject(mismatch);
    await expect(takeOff(second)).resolves.toBeDefined();
    await expect(takeOff()).rejects.toMatchObject(mismatch);
  });

  test("must let its author change it, unless that is confirmed", async () => {
    world.authorizer.denies = ({ action, resourcePolicy }) =>
      action === "dynamodb:PutResourcePolicy" && resourcePolicy?.Statement[0]?.Sid === "lock-out";

    await expect(store(policy("lock-out"))).rejects.toThrow(/will not allow you to update the resource policy/);
    await expect(store(policy("lock-out"), { ConfirmRemoveSelfResourceAccess: true })).resolves.toBeDefined();
  });

  test.each<[string, string, string, RegExp]>([
    ["that is not JSON", "{", "ValidationException", /it is not JSON/],
    ["without statements", '{"Statement":[]}', "ValidationException", /it has no statement/],
    ["with a misspelt member", policy("x").replace('"Sid"', '"sid"'), "ValidationException", /unknown member sid/],
    ["with a wrong effect", policy("x").replace("Deny", "Refuse"), "ValidationException", /no valid Effect/],
    ["without a principal", policy("x").replace('"Principal":"*",', ""), "ValidationException", /no Principal/],
    ["for another table", policy("x").replace(ARN, `${ARN}2`), "ValidationException", /orders2/],
    ["beyond Latin-1", policy("☃"), "ValidationException", /beyond U\+00FF/],
    ["of more than 20 KB, white space included", policy("x") + " ".repeat(20_480), "LimitExceededException", /20480/],
  ])("%s is refused", async (_what, text, name, message) => {
    await expect(store(text)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    await expect(stored()).rejects.toMatchObject({ name: "PolicyNotFoundException" });
  });
});
