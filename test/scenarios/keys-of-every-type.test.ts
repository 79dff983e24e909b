/** Tables whose keys are numbers or bytes, with and without a sort key: nobody names a key, and all are found and undone. */
import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  PutItemCommand,
  paginateScan,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProtectedTable } from "../../functions/contracts.ts";
import { canonicalKey, type KeySchema } from "../../functions/items/key.ts";
import type { KeysRecord } from "../../functions/key-sources/key-parts.ts";
import type { StoryClock } from "../../local/story-clock.ts";
import { type DeployedPocketAws, type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { approveWith, WITHOUT_VERSION } from "./support/answers.ts";
import { startPastStage } from "./support/courses.ts";
import { reconfigure, record } from "./support/operator.ts";

const VALUES = {
  N: ["0", "-1.5", "7", "12345678901234567890123456789012345678", "1E-130", "-9.9E+125", "100", "101"].map((N) => ({
    N,
  })),
  B: [[0], [0, 0], [255], [128, 10, 13], [...Buffer.from("text")], [34, 9, 92], [1], [2]].map((bytes) => ({
    B: Uint8Array.from(bytes),
  })),
};
type KeyType = keyof typeof VALUES;

/** (JSON leaves out what is undefined.) */
const WITHOUT_TENANTS = { tenantKey: undefined } as unknown as Partial<ProtectedTable>;
const GROUPS = [
  { kind: "updated", attributes: ["total"] },
  { kind: "deleted", attributes: [] },
  { kind: "created", attributes: [] },
];

const good = { total: { N: "9.9" } };
const bad = { total: { S: "NaN" } };
const since = { note: { S: "customer called" } };

/** Before the incident, as it left them, as they are now, and as they must be: every key has one of these fates. */
const FATES: readonly (readonly [Item | null, Item | null, Item | null, Item | null])[] = [
  [good, bad, { ...bad, ...since }, { ...good, ...since }],
  [good, null, null, good],
  [null, bad, bad, null],
  [good, good, { ...good, ...since }, { ...good, ...since }],
];
const UNTOUCHED = 3;

let stage: DeployedPocketAws;
let clock: StoryClock;
beforeAll(async () => {
  ({ stage, clock } = await startPastStage(12));
  await reconfigure(stage, { ...WITHOUT_VERSION, ...WITHOUT_TENANTS });
});
afterAll(() => stage?.close());

test.each<{ title: string; types: readonly KeyType[] }>([
  { title: "a number", types: ["N"] },
  { title: "bytes", types: ["B"] },
  { title: "a number and bytes", types: ["N", "B"] },
  { title: "bytes and a number", types: ["B", "N"] },
])("a table whose key is $title is compared, recovered and given back by an undo", async ({ types }) => {
  const recoveryId = `night-${types.join("")}`;
  const keySchema = await haveTable(stage, types);
  const items = keysOf(types).map((key, index) => ({ key, fate: index % FATES.length }));
  const at = (moment: 0 | 1 | 2 | 3) =>
    items.flatMap(({ key, fate }): Item[] => {
      const item = FATES[fate]?.[moment];
      return item ? [{ ...item, ...key }] : [];
    });
  const write = async (moment: 0 | 1 | 2) => {
    for (const { key, fate } of items) await writeOne(stage, key, FATES[fate]?.[moment]);
  };

  clock.passSeconds(60);
  await write(0);
  clock.passSeconds(3600);
  clock.toNextSecond();
  const badSince = clock.second();
  for (const { key, fate } of items) if (fate !== UNTOUCHED) await writeOne(stage, key, FATES[fate]?.[1]);
  clock.passSeconds(1200);
  const incidentEnd = clock.second();
  clock.passSeconds(60);
  await write(2);
  // Later than any lag of PITR; the present would leave no past for the next table.
  clock.passSeconds(3600);
  const damaged = await contentOf(stage, keySchema);
  expect(damaged).toEqual(byKey(at(2), keySchema));

  await run(stage, recoveryId, { table: ORDERS_TABLE, badSince, incidentEnd, evidence: "restore" }, { groups: GROUPS });

  expect(await record<KeysRecord>(stage, recoveryId, "keys")).toMatchObject({
    source: "compare",
    keys: items.filter(({ fate }) => fate !== UNTOUCHED).length,
    duplicates: 0,
  });
  expect(await contentOf(stage, keySchema)).toEqual(byKey(at(3), keySchema));

  await run(stage, `undo-of-${recoveryId}`, { undo: recoveryId }, {});

  expect(await contentOf(stage, keySchema)).toEqual(damaged);
});

/** The protected table anew, with another key. */
async function haveTable({ dynamodb }: DeployedPocketAws, types: readonly KeyType[]): Promise<KeySchema> {
  const attributes = types.map((type, index) =>
    index === 0 ? ({ name: "id", type, role: "HASH" } as const) : ({ name: "part", type, role: "RANGE" } as const),
  );
  await dynamodb.send(new DeleteTableCommand({ TableName: ORDERS_TABLE }));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: ORDERS_TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
      KeySchema: attributes.map(({ name, role }) => ({ AttributeName: name, KeyType: role })),
    }),
  );
  await dynamodb.send(
    new UpdateContinuousBackupsCommand({
      TableName: ORDERS_TABLE,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  return { attributes };
}

/** Every value of the first type, with some of the second. */
function keysOf([partition, sort]: readonly KeyType[]): Item[] {
  const ids = partition ? VALUES[partition] : [];
  return ids.flatMap((id) => (sort ? VALUES[sort].slice(0, 3).map((part): Item => ({ id, part })) : [{ id }]));
}

async function writeOne(on: DeployedPocketAws, key: Item, item: Item | null | undefined): Promise<void> {
  const TableName = ORDERS_TABLE;
  if (item) await on.dynamodb.send(new PutItemCommand({ TableName, Item: { ...item, ...key } }));
  else await on.dynamodb.send(new DeleteItemCommand({ TableName, Key: key }));
}

async function contentOf({ dynamodb }: DeployedPocketAws, keySchema: KeySchema): Promise<Map<string, Item>> {
  const items: Item[] = [];
  const scan = { TableName: ORDERS_TABLE, ConsistentRead: true };
  for await (const page of paginateScan({ client: dynamodb }, scan)) items.push(...(page.Items ?? []));
  return byKey(items, keySchema);
}

/** Keys in one spelling (DynamoDB writes numbers out), each with the rest of its item. */
function byKey(items: readonly Item[], keySchema: KeySchema): Map<string, Item> {
  return new Map(
    items
      .map(({ id, part, ...rest }): [string, Item] => {
        const key = { ...(id ? { id } : {}), ...(part ? { part } : {}) };
        return [canonicalKey(key, keySchema), rest];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

async function run(on: DeployedPocketAws, name: string, request: object, choices: object): Promise<void> {
  const execution = await on.startRecovery(name, request);
  await approveWith(on, execution, choices);
  const { output } = await on.waitForStatus(execution, "SUCCEEDED");
  expect(JSON.parse(output ?? "{}")).toMatchObject({ outcome: "Recovered" });
}
