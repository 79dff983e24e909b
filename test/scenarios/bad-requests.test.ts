/** Requests that can't be carried out: each fails in Preflight, says what to do, and leaves the world as it was. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBackupCommand,
  DeleteResourcePolicyCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { AttachRolePolicyCommand, CreatePolicyCommand, DetachRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Recoveries } from "../../functions/runtime/recoveries.ts";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { FLAG_PARAMETER, message, reconfigure, tableArn } from "./support/operator.ts";
import { type World, worldOf } from "./support/world.ts";

// A bad request that is accepted would wait for an approval: the sooner a test gives up, the better.
vi.setConfig({ testTimeout: 30_000 });

const KEY = { pk: "TENANT#acme", sk: "ORDER#1" };
const MINUTE = 60_000;

let stage: DeployedPocketAws;
let iam: IAMClient;
let ssm: SSMClient;
/** A second that the table can be restored to. */
let lastGood: string;
let executions = 0;
/** The world before the first request. */
let untouched: World;
/** Takes back what a case arranged. */
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  iam = new IAMClient(stage.aws.clientConfig());
  ssm = new SSMClient(stage.aws.clientConfig());
  const Item = { pk: { S: KEY.pk }, sk: { S: KEY.sk }, total: { N: "12.50" } };
  await stage.dynamodb.send(new PutItemCommand({ TableName: ORDERS_TABLE, Item }));
  const { ContinuousBackupsDescription } = await stage.dynamodb.send(
    new DescribeContinuousBackupsCommand({ TableName: ORDERS_TABLE }),
  );
  const earliest = ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.EarliestRestorableDateTime;
  lastGood = earliest?.toISOString() ?? "";
  while (Date.now() <= Date.parse(lastGood)) await sleep(50);
  untouched = await worldOf(stage.aws);
});

afterAll(async () => {
  iam?.destroy();
  ssm?.destroy();
  await stage?.close();
});

beforeEach(() => {
  undo = [];
});

afterEach(async () => {
  for (const step of undo.reverse()) await step();
});

/** A request that would be carried out, but for the changes; a field given as undefined is left out. */
function request(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { table: ORDERS_TABLE, restoreDateTime: lastGood, keys: [KEY], ...changes };
}

function ago(milliseconds: number): string {
  return new Date(Date.now() - milliseconds).toISOString();
}

interface Refusal {
  readonly says: readonly string[];
  /** @default InvalidRequest */
  readonly error?: string;
  /** Of the execution. */
  readonly name?: string;
  /** @default the world as it was before the first request */
  readonly before?: World;
}

/** Starts it, sees it fail in Preflight for the right reason, and nothing changed once everybody has been told. */
async function expectRefused(asked: unknown, refusal: Refusal): Promise<void> {
  const { says, error = "InvalidRequest", before = untouched } = refusal;
  executions += 1;
  const executionName = refusal.name ?? `bad-${executions}`;

  const executionArn = await stage.startRecovery(executionName, asked as object);
  const execution = await stage.waitForStatus(executionArn, "FAILED", "SUCCEEDED");

  expect(execution).toMatchObject({ status: "FAILED", error });
  const { errorMessage = "", ...rest } = JSON.parse(execution.cause ?? "{}") as { errorMessage?: string };
  for (const part of says) expect(errorMessage).toContain(part);
  expect(errorMessage).toContain(`Choose "New execution" to try again: the name "${executionName}" is used up`);
  expect(JSON.stringify(rest)).not.toContain("    at ");
  expect(await stage.stateNames(executionArn)).toEqual(["Preflight"]);
  // What follows a failure runs on its own: only when people were told is it over.
  await message(stage, executionArn, /did not begin/);
  expect(await worldOf(stage.aws)).toEqual(before);
}

/** For a world that a case has arranged. */
async function expectRefusedHere(asked: unknown, refusal: Refusal): Promise<void> {
  await expectRefused(asked, { ...refusal, before: await worldOf(stage.aws) });
}

type Case = readonly [title: string, changes: () => Readonly<Record<string, unknown>>, says: readonly string[]];

const NO_KEYS = { keys: undefined };

const CASES: readonly Case[] = [
  ["an unknown table", () => ({ table: "order" }), ['Field "table" is "order"', 'did you mean "orders"?']],
  [
    "the ARN of the table",
    () => ({ table: tableArn(stage) }),
    [`Field "table" is "${"arn:aws:dynamodb"}`, 'name alone, "orders"'],
  ],
  [
    "a time without a zone",
    () => ({ restoreDateTime: undefined, badSince: "2026-11-20T02:20:00" }),
    ['Field "badSince" is "2026-11-20T02:20:00", which has no time zone', 'write "2026-11-20T02:20:00Z"'],
  ],
  [
    "a blank between date and time",
    () => ({ restoreDateTime: "2026-11-20 02:20:00Z" }),
    ['Field "restoreDateTime" is "2026-11-20 02:20:00Z"', 'write "2026-11-20T02:20:00Z"'],
  ],
  [
    "what is no time",
    () => ({ restoreDateTime: undefined, badSince: "last night" }),
    ['Field "badSince" is "last night"', '"45m ago"'],
  ],
  [
    "a day that no calendar has",
    () => ({ restoreDateTime: "2026-02-30T02:20:00Z" }),
    ['Field "restoreDateTime" is "2026-02-30T02:20:00Z"', "no date of the calendar"],
  ],
  [
    "a time in the future",
    () => ({ restoreDateTime: undefined, badSince: ago(-60 * MINUTE) }),
    ['Field "badSince" is "', "which is in the future", "check date and zone"],
  ],
  [
    "a time before the window of point-in-time recovery",
    () => ({ restoreDateTime: undefined, badSince: "90m ago" }),
    [
      'Field "badSince" is "90m ago"',
      "point-in-time recovery reaches back to",
      "give a later time",
      "There is no older backup",
    ],
  ],
  [
    "an incident that ends before it begins",
    () => ({ incidentEnd: new Date(Date.parse(lastGood) - MINUTE).toISOString() }),
    ['Field "incidentEnd" is "', "before the incident began"],
  ],
  [
    "an incident that ends in the future",
    () => ({ incidentEnd: ago(-MINUTE) }),
    ['Field "incidentEnd" is "', "leave it out while the incident goes on"],
  ],
  [
    "both badSince and restoreDateTime",
    () => ({ badSince: "1s ago" }),
    ['"badSince" ("1s ago") and "restoreDateTime"', "leave one out"],
  ],
  [
    "neither badSince nor restoreDateTime",
    () => ({ restoreDateTime: undefined }),
    ['Field "badSince" is missing', '"45m ago"'],
  ],
  [
    "a key without its sort key",
    () => ({ keys: [KEY, { pk: "a" }] }),
    ['Field "keys.1" is {"pk":"a"}: Key attribute sk is missing', "give it as text"],
  ],
  [
    "a key with another attribute beside",
    () => ({ keys: [{ ...KEY, total: 1 }] }),
    ['Field "keys.0" is ', "Key attribute total is not in the key schema; the key of this table is pk, sk"],
  ],
  [
    "a key of another type",
    () => ({ keys: [{ ...KEY, sk: 1 }] }),
    ['Field "keys.0" is ', "Key attribute sk is 1; this table wants text"],
  ],
  [
    "a key that is an AttributeValue of another type",
    () => ({ keys: [{ ...KEY, sk: { N: "1" } }] }),
    ['Key attribute sk is {"N":"1"}', "this table wants text"],
  ],
  [
    "a key that is no object",
    () => ({ keys: ["TENANT#acme"] }),
    ['Field "keys.0" is "TENANT#acme"', "write an object of the key attributes"],
  ],
  [
    "an unknown field",
    () => ({ tenant: ["acme"] }),
    ['Field "tenant" (["acme"]) is not known', 'did you mean "tenants"?'],
  ],
  [
    "an unknown field inside another",
    () => ({ readOnly: { guard: ["ssm-flag"] } }),
    ['Field "readOnly.guard"', 'did you mean "readOnly.guards"?'],
  ],
  ["an empty list of keys", () => ({ keys: [] }), ['Field "keys" is []', "at least one"]],
  [
    "a hundred and one inline keys",
    () => ({ keys: Array.from({ length: 101 }, (_, index) => ({ ...KEY, sk: `ORDER#${index}` })) }),
    ['Field "keys" has 101 keys: at most 100', "uploads/"],
  ],
  [
    "both keys and keysFrom",
    () => ({ keysFrom: { s3: { key: "uploads/keys.jsonl" } } }),
    ['"keys" (1 of them) and "keysFrom"', "leave one out"],
  ],
  ["neither keys nor keysFrom", () => NO_KEYS, ['Field "keys" is missing', "keysFrom"]],
  [
    "a list outside of uploads/",
    () => ({ ...NO_KEYS, keysFrom: { s3: { key: "recoveries/other/request.json" } } }),
    ['Field "keysFrom.s3.key" is "recoveries/other/request.json"', 'write "uploads/request.json"'],
  ],
  [
    "a list that is not there",
    () => ({ ...NO_KEYS, keysFrom: { s3: { key: "uploads/nothing.jsonl" } } }),
    ['Field "keysFrom.s3.key" is "uploads/nothing.jsonl"', "is not there: upload it"],
  ],
  [
    "a list whose format nobody can tell",
    () => ({ ...NO_KEYS, keysFrom: { s3: { key: "uploads/keys.jsonl.gz" } } }),
    ['Field "keysFrom.s3.key" is "uploads/keys.jsonl.gz"', "Compressed lists are not read"],
  ],
  [
    "a partition key of another type",
    () => ({ ...NO_KEYS, keysFrom: { partition: { key: 7 } } }),
    ['Field "keysFrom.partition" is {"key":7}', "this table wants text"],
  ],
  [
    "a range of sort keys that ends before it begins",
    () => ({ ...NO_KEYS, keysFrom: { partition: { key: KEY.pk, sortKeyBetween: ["b", "a"] } } }),
    ['"sortKeyBetween" ends before it begins', "the smaller one first"],
  ],
  [
    "tenants together with iam-deny",
    () => ({ tenants: ["acme"], readOnly: { guards: ["iam-deny"] } }),
    ['"readOnly.guards" has "iam-deny" while "tenants" is ["acme"]', "whole table only"],
  ],
  [
    "a tenant that the flag can't hold",
    () => ({ tenants: ["acme,globex"] }),
    ['"ssm-flag"', 'tenant "acme,globex" can\'t stand in a list separated by commas', "leave it out"],
  ],
  [
    "a guard that there is not",
    () => ({ readOnly: { guards: ["firewall"] } }),
    ['Field "readOnly.guards.0" is "firewall"', '"ssm-flag", "iam-deny" or "table-policy"'],
  ],
  [
    "an unknown way with conflicts",
    () => ({ conflicts: "ask" }),
    ['Field "conflicts" is "ask"', 'write "skip", "merge", "overwrite" or "fail"'],
  ],
  [
    "a key attribute to be reverted",
    () => ({ attributes: { only: ["total", "sk"] } }),
    ['Field "attributes.only" has "sk", which is a key attribute', "Leave it out"],
  ],
  [
    "the version attribute to be reverted",
    () => ({ attributes: { only: ["version"] } }),
    ['Field "attributes.only" has "version", which is the versionAttribute', "Leave it out"],
  ],
  [
    "an attribute both in and out",
    () => ({ attributes: { only: ["total"], except: ["total"] } }),
    ['Attribute "total" is in "attributes.only" and in "attributes.except"', "leave it out of one"],
  ],
  [
    "a group that is to revert what is not in it",
    () => ({ groups: [{ kind: "updated", attributes: ["total"], revert: ["currency"] }] }),
    ['Field "groups.0.revert" has "currency"', "take it out or add it"],
  ],
  ["a concurrency beyond every bound", () => ({ concurrency: 0 }), ['Field "concurrency" is 0', "from 1 to 1000"]],
  [
    "an approval that waits longer than the recovery may last",
    () => ({ approval: { timeoutHours: 200 } }),
    ['Field "approval.timeoutHours" is 200', "at most 144"],
  ],
];

describe("a request", () => {
  test.each(CASES)("with %s is refused", async (_title, changes, says) => {
    await expectRefused(request(changes()), { says });
  });

  test("that is no object is refused", async () => {
    await expectRefused(["orders"], { says: ['The request is ["orders"]', "it must be an object"] });
  });

  test("with several faults names all of them", async () => {
    await expectRefused(request({ table: "a b", conflicts: "ask", colour: "red" }), {
      says: ['Field "table" is "a b"', 'Field "conflicts" is "ask"', 'Field "colour" ("red")'],
    });
  });

  test("under a name that no table can have is refused", async () => {
    await expectRefused(request(), { name: "night.of.the.20th", says: ['name is "night.of.the.20th"', "1 to 80"] });
  });
});

describe("where the world is not ready, a good request", () => {
  test("is refused while another recovery holds the table, and names it", async () => {
    const recoveries = new Recoveries(stage.dynamodb, stage.outputs.RecoveriesTableName ?? "");
    const holder = { recoveryId: "earlier-one", executionArn: "arn:earlier", acquiredAt: "2026-11-20T02:30:00.000Z" };
    await recoveries.acquireLock(ORDERS_TABLE, holder);
    undo.push(() => recoveries.releaseLock(ORDERS_TABLE, holder.recoveryId));

    await expectRefusedHere(request(), {
      error: "TableLocked",
      says: ['Table "orders" is being recovered by "earlier-one" since 2026-11-20T02:30:00.000Z', "wait for it"],
    });
  });

  test("is refused when the uploaded list is empty", async () => {
    const Key = "uploads/empty.jsonl";
    await stage.s3.send(new PutObjectCommand({ Bucket: stage.outputs.RecoveryBucketName, Key, Body: Buffer.alloc(0) }));

    await expectRefusedHere(request({ ...NO_KEYS, keysFrom: { s3: { key: Key } } }), {
      says: [`Field "keysFrom.s3.key" is "${Key}"`, "is empty: put the keys into it"],
    });
  });

  test("for tenants is refused where nobody can tell whose item is whose", async () => {
    await configured({ tenantKey: undefined });

    await expectRefusedHere(request({ tenants: ["acme"] }), {
      says: ['Field "tenants" is ["acme"]', 'no "tenantKey" in backstitch.config.ts', 'leave "tenants" out'],
    });
  });

  test("for tenants is refused where iam-deny is the only guard", async () => {
    await configured({ guards: ["iam-deny"] });

    await expectRefusedHere(request({ tenants: ["acme"] }), {
      says: ['Field "tenants" is ["acme"]', "the only guard", '"readOnly": "none"'],
    });
  });

  test("is refused when it asks for a guard that is not set up for the table", async () => {
    await configured({ guards: ["ssm-flag"] });

    await expectRefusedHere(request({ readOnly: { guards: ["table-policy"] } }), {
      says: ['Field "readOnly.guards" has "table-policy"', "it has ssm-flag", "backstitch.config.ts"],
    });
  });

  test("is refused when the flag's parameter is missing", async () => {
    await ssm.send(new DeleteParameterCommand({ Name: FLAG_PARAMETER }));
    undo.push(() => ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Type: "String", Value: "none" })));

    await expectRefusedHere(request(), {
      says: ['"ssm-flag"', `parameter "${FLAG_PARAMETER}" does not exist`, "aws ssm put-parameter"],
    });
  });

  test("is refused when the flag holds something else", async () => {
    await flagged("all, acme");

    await expectRefusedHere(request(), {
      says: ['"ssm-flag"', 'holds "all, acme"', '"none" where nothing is frozen'],
    });
  });

  test("is refused when a role has as many policies as it may have", async () => {
    for (let index = 0; index < 10; index += 1) await attachedToTheApplication(`full-${index}`);

    await expectRefusedHere(request(), { says: ['"iam-deny"', stage.applicationRoleArn, "10"] });
  });

  test("is refused when the table's policy still has the statement of an earlier recovery", async () => {
    const statement = {
      Sid: "BackstitchReadOnlyEarlier",
      Effect: "Deny",
      Principal: "*",
      Action: "dynamodb:PutItem",
      Resource: tableArn(stage),
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await stage.dynamodb.send(new PutResourcePolicyCommand({ ResourceArn: tableArn(stage), Policy }));
    undo.push(() => stage.dynamodb.send(new DeleteResourcePolicyCommand({ ResourceArn: tableArn(stage) })));

    await expectRefusedHere(request(), {
      says: ['"table-policy"', "of an earlier recovery", "lift the read-only mode"],
    });
  });
});

/** These take the table's history away, so they come last. */
describe("where there is nothing to restore from, a request", () => {
  test("is refused when point-in-time recovery is off, and names the nearest older backup", async () => {
    await stage.dynamodb.send(new CreateBackupCommand({ TableName: ORDERS_TABLE, BackupName: "before-the-deploy" }));
    await pointInTimeRecovery(false);
    await nextSecond();

    await expectRefusedHere(request({ restoreDateTime: ago(0) }), {
      says: ["no point-in-time recovery", "update-continuous-backups", 'nearest older backup is "before-the-deploy"'],
    });
  });

  test("is refused when the window began after the incident, and names the nearest older backup", async () => {
    await nextSecond();
    const badSince = ago(0);
    await nextSecond();
    await pointInTimeRecovery(true);

    await expectRefusedHere(request({ restoreDateTime: undefined, badSince }), {
      says: [
        `Field "badSince" is "${badSince}"`,
        "reaches back to",
        '"before-the-deploy"',
        "restore-table-from-backup",
      ],
    });
  });

  test("is refused when the protected table is not in the account", async () => {
    await stage.dynamodb.send(new DeleteTableCommand({ TableName: ORDERS_TABLE }));

    await expectRefusedHere(request(), { says: ['Field "table" is "orders"', "does not exist", "list-backups"] });
  });
});

async function nextSecond(): Promise<void> {
  await sleep(1000 - (Date.now() % 1000));
}

async function configured(changes: Parameters<typeof reconfigure>[1]): Promise<void> {
  const Name = `/backstitch/tables/${ORDERS_TABLE}`;
  const before = (await worldOf(stage.aws))[`parameter ${Name}`] as { Value: string };
  await reconfigure(stage, changes);
  undo.push(() => ssm.send(new PutParameterCommand({ Name, Value: before.Value, Type: "String", Overwrite: true })));
}

async function flagged(Value: string): Promise<void> {
  await ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Value, Overwrite: true }));
  undo.push(() => ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Value: "none", Overwrite: true })));
}

async function attachedToTheApplication(PolicyName: string): Promise<void> {
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
  });
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  const attachment = { RoleName: stage.applicationRoleArn.split("/").at(-1), PolicyArn: Policy?.Arn };
  await iam.send(new AttachRolePolicyCommand(attachment));
  undo.push(() => iam.send(new DetachRolePolicyCommand(attachment)));
}

async function pointInTimeRecovery(PointInTimeRecoveryEnabled: boolean): Promise<void> {
  await stage.dynamodb.send(
    new UpdateContinuousBackupsCommand({
      TableName: ORDERS_TABLE,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled },
    }),
  );
}
