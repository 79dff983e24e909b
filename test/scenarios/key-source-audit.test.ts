/** Nobody has a list of what was damaged, but the kit's AuditLog wrote down every change: it says where to look. */
import { PutItemCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  GetFunctionConfigurationCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KeysRecord } from "../../functions/key-sources/key-parts.ts";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { BEFORE, type Course, MINUTE, partitionOf, playCourses, SECOND, startPastStage } from "./support/courses.ts";
import { record } from "./support/operator.ts";

const AUDIT_FUNCTION = "audit-log-orders";

const by = (release: string, item: Item): Item => ({ ...item, release: { S: release } });
const good = by("4710", { total: { N: "12345678901234567890.5" }, raw: { B: new Uint8Array([0, 255]) } });
const bad = by("4711", { total: { S: "NaN" }, raw: { B: new Uint8Array([0, 255]) } });
const better = by("4710", { ...good, total: { N: "11" } });

const COURSES: readonly Course[] = ["by-export", "by-restore"].flatMap((tenant) => [
  {
    name: `${tenant}: spoilt`,
    writes: [
      [BEFORE, good],
      [SECOND, bad],
    ],
    expected: good,
  },
  {
    name: `${tenant}: spoilt twice`,
    writes: [
      [BEFORE, good],
      [SECOND, bad],
      [MINUTE, bad],
    ],
    expected: good,
  },
  {
    name: `${tenant}: deleted`,
    writes: [
      [BEFORE, good],
      [SECOND, null],
    ],
    expected: good,
  },
  {
    name: `${tenant}: written well`,
    writes: [
      [BEFORE, good],
      [SECOND, better],
    ],
    expected: better,
  },
  { name: `${tenant}: left alone`, writes: [[BEFORE, good]], expected: good },
  { name: `${tenant}: new`, writes: [[SECOND, better]], expected: better },
]);

let stage: DeployedPocketAws;
let times: { readonly badSince: string; readonly incidentEnd: string };
let wrong: () => Promise<string[]>;

beforeAll(async () => {
  const past = await startPastStage(4, { auditLog: true });
  stage = past.stage;
  const played = await playCourses(past, "acme", COURSES, 20 * MINUTE);
  times = { badSince: played.badSince, incidentEnd: played.incidentEnd };
  wrong = () => played.wrong();
  await stage.aws.services.lambda.eventSources.idle();
});

afterAll(() => stage?.close());

async function audited(): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client: stage.dynamodb }, { TableName: "orders-audit" }))
    items.push(...(page.Items ?? []));
  return items;
}

const recordsOf = async (name: string) =>
  (await audited())
    .filter(({ key }) => key?.M?.sk?.S === name)
    .sort((a, b) => ((a.at?.S ?? "") < (b.at?.S ?? "") ? -1 : 1));

test("every change has its record: key, action, time, who declared to write, both images, and when it will go", async () => {
  const records = await recordsOf("by-export: spoilt");

  expect(records.map(({ action, writer }) => [action?.S, writer?.S])).toEqual([
    ["create", "4710"],
    ["update", "4711"],
  ]);
  const [, update] = records;
  expect(update).toMatchObject({
    key: { M: { pk: { S: partitionOf("acme") } } },
    before: { M: { total: good.total, raw: good.raw } },
    after: { M: { total: bad.total } },
  });
  expect((update?.at?.S ?? "") >= times.badSince.slice(0, 19)).toBe(true);
  expect(Number(update?.expiresAt?.N) - Date.parse(update?.at?.S ?? "") / 1000).toBeCloseTo(35 * 86_400, -1);
});

test("a delete names nobody, and what DynamoDB expires is marked as such", async () => {
  const [, deleted] = await recordsOf("by-export: deleted");
  expect([deleted?.action?.S, deleted?.writer?.S]).toEqual(["delete", undefined]);

  const key = { pk: { S: "TENANT#other" }, sk: { S: "expired" } };
  await stage.aws.services.dynamodb.seed(ORDERS_TABLE, [{ ...key, version: { N: "1" } }]);
  await stage.aws.services.dynamodb.expire(ORDERS_TABLE, key);
  await stage.aws.services.lambda.eventSources.idle();
  expect(new Set((await recordsOf("expired")).map(({ action }) => action?.S))).toEqual(new Set(["create", "expire"]));
});

test("a change that can't be written down is handed over again alone, until it can", async () => {
  const change = async (name: string) => {
    const Item = { pk: { S: "TENANT#other" }, sk: { S: name }, version: { N: String(Math.random()) } };
    await stage.dynamodb.send(new PutItemCommand({ TableName: ORDERS_TABLE, Item }));
  };
  const shardOf = async (name: string) => (await recordsOf(name))[0]?.hour?.S?.split("#")[1];
  for (const name of ["well", "refused"]) await change(name);
  await stage.aws.services.lambda.eventSources.idle();
  const refused = await shardOf("refused");
  expect(await shardOf("well")).not.toBe(refused);

  const { batches, seen, forget } = handedOver(2);
  await pauseDelivery(true);
  await change("well");
  await change("refused");
  await refuseShard(refused);
  await pauseDelivery(false);
  // Nothing is left to deliver if the change was given up.
  await Promise.race([seen, stage.aws.services.lambda.eventSources.idle()]);
  expect([await recordsOf("well"), await recordsOf("refused")].map(({ length }) => length)).toEqual([2, 1]);

  await refuseShard(undefined);
  await stage.aws.services.lambda.eventSources.idle();
  forget();
  expect([await recordsOf("well"), await recordsOf("refused")].map(({ length }) => length)).toEqual([2, 2]);
  expect(batches[0]).toEqual(["well", "refused"]);
  expect(new Set(batches.slice(1).flat())).toEqual(new Set(["refused"]));
});

/** The batches that the audit log is handed from now on, and when it has had so many of them. */
function handedOver(wanted: number) {
  const batches: string[][] = [];
  const { promise: seen, resolve } = Promise.withResolvers<void>();
  const forget = stage.aws.services.lambda.onInvoke(({ functionName, payload }) => {
    if (functionName !== AUDIT_FUNCTION) return;
    const { Records } = payload as { Records: { dynamodb: { Keys: Item } }[] };
    batches.push(Records.map(({ dynamodb }) => dynamodb.Keys.sk?.S ?? ""));
    if (batches.length === wanted) resolve();
  });
  return { batches, seen, forget };
}

async function pauseDelivery(paused: boolean): Promise<void> {
  const { EventSourceMappings = [] } = await stage.lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: AUDIT_FUNCTION }),
  );
  for (const { UUID } of EventSourceMappings)
    await stage.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: !paused }));
}

/** Keeps the audit log's function from one shard of its table, or from none. */
async function refuseShard(shard: string | undefined): Promise<void> {
  const { Role = "" } = await stage.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: AUDIT_FUNCTION }));
  const policy = { RoleName: Role.split("/").at(-1), PolicyName: "refused-shard" };
  const iam = new IAMClient(stage.aws.clientConfig());
  if (shard === undefined) await iam.send(new DeleteRolePolicyCommand(policy));
  else await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: JSON.stringify(denyShard(shard)) }));
  iam.destroy();
}

const denyShard = (shard: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Deny",
      Action: "dynamodb:PutItem",
      Resource: "*",
      Condition: { "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": [`*#${shard}`] } },
    },
  ],
});

async function recoverBy(name: string, request: object): Promise<KeysRecord | undefined> {
  const executionArn = await stage.startRecovery(name, { table: ORDERS_TABLE, ...times, ...request });
  await approveWith(stage, executionArn, {});
  await stage.waitForStatus(executionArn, "SUCCEEDED");
  return record<KeysRecord>(stage, name, "keys");
}

test("what the bad release wrote, and what anybody deleted, is looked for in exports and taken back", async () => {
  const written = await recoverBy("export-1", {
    evidence: "export",
    damagedWhen: "$contains(key.sk, 'by-export')",
    keysFrom: { audit: { writers: ["4711"] } },
  });

  expect(written).toMatchObject({ source: "audit", keys: 6 });
  expect(written?.blindSpot).toContain("does not know who deleted an item");
  expect((await wrong()).filter((name) => name.startsWith("by-export"))).toEqual([]);
  expect((await stage.readReport<Report>("export-1")).repairs.outcomes).toEqual({ written: 3 });
});

test("what anybody updated or deleted is looked for in restored tables, and good writes stay", async () => {
  const written = await recoverBy("restore-1", {
    evidence: "restore",
    damagedWhen:
      "$contains(key.sk, 'by-restore') and ($not($exists(after)) or $type(after.total) = 'string' and after.total = 'NaN')",
    keysFrom: { audit: { actions: ["update", "delete"] } },
  });

  // Not the items that are new.
  expect(written).toMatchObject({ source: "audit", keys: 8 });
  expect(await wrong()).toEqual([]);
});
